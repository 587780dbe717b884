"""A dataclass in a dataclass."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()


@dataclass
class Address:
    city: str
    number: int


@dataclass
class Customer:
    name: str
    address: Address


@app.post("/customers")
def create_customer(customer: Customer) -> str:
    return f"{type(customer.address).__name__}, {type(customer.address.number).__name__}"


client = TestClient(app)


def make_customer(number: str) -> dict[str, object]:
    return {"name": "Ada", "address": {"city": "London", "number": number}}


NESTED_TYPES = client.post("/customers", json=make_customer("12")).json()
NESTED_WRONG = client.post("/customers", json=make_customer("twelve")).status_code
