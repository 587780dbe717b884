"""Paths that two routes fit."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()


@app.get("/users/{user_id}")
def read_user(user_id: str) -> dict[str, str]:
    return {"user": user_id}


@app.get("/users/me")
def read_own_user() -> dict[str, str]:
    return {"user": "the current one"}


@app.get("/orders/{order_id}")
def read_order(order_id: int) -> dict[str, int]:
    return {"order": order_id}


@app.get("/orders/latest")
def read_latest_order() -> dict[str, str]:
    return {"order": "the latest one"}


client = TestClient(app)

USERS_ME = client.get("/users/me").json()
ORDERS_LATEST = client.get("/orders/latest").status_code
