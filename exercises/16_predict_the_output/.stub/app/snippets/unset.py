"""Fields that are left out of a response because nobody set them."""

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel

app = FastAPI()


class User(BaseModel):
    name: str
    role: str = "guest"
    password: str = ""


@app.get("/set", response_model_exclude_unset=True)
def read_set() -> User:
    return User(name="Ada", role="guest", password="1815")


@app.get("/unset", response_model_exclude_unset=True)
def read_unset() -> User:
    user = User(name="Ada")
    user.role = "admin"
    return user


client = TestClient(app)

UNSET_ALL_GIVEN = client.get("/set").json()
UNSET_ONE_GIVEN = client.get("/unset").json()
