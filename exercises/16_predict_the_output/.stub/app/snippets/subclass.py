"""More is returned than the return type promises."""

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from pydantic import BaseModel

app = FastAPI()


class PublicUser(BaseModel):
    name: str


class User(PublicUser):
    password: str


ada = User(name="Ada", password="1815")


@app.get("/model")
def read_model() -> PublicUser:
    return ada


@app.get("/response", response_model=PublicUser)
def read_response() -> JSONResponse:
    return JSONResponse(ada.model_dump())


client = TestClient(app)

SUBCLASS_MODEL = client.get("/model").json()
SUBCLASS_RESPONSE = client.get("/response").json()
