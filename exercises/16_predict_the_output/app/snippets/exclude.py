"""A field that is left out of a response by its name."""

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel

app = FastAPI()


class User(BaseModel):
    name: str
    password: str


@app.get("/user", response_model_exclude={"password"})
def read_user() -> User:
    return User(name="Ada", password="1815")


@app.get("/users", response_model_exclude={"password"})
def list_users() -> list[User]:
    return [User(name="Ada", password="1815")]


client = TestClient(app)

EXCLUDE_ONE = client.get("/user").json()
EXCLUDE_LIST = client.get("/users").json()
