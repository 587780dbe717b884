"""Mail addresses, written in two unusual ways."""

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, EmailStr

app = FastAPI()


class User(BaseModel):
    email: EmailStr


@app.post("/users")
def create_user(user: User) -> User:
    return user


client = TestClient(app)

ADDRESS_HIDDEN = client.post("/users", json={"email": "ada [at] python.org"}).status_code
ADDRESS_CAPITALS = client.post("/users", json={"email": "Ada@Python.ORG"}).json()
