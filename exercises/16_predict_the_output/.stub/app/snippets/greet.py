"""Query parameters that are optional."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()


@app.get("/greet")
def greet(name: str = "World", loud: bool = False) -> dict[str, str]:
    message = f"Hello, {name}!"
    return {"message": message.upper() if loud else message}


client = TestClient(app)

GREET_STATUS = client.get("/greet").status_code
GREET_LOUD = client.get("/greet?loud=yes").json()
GREET_NOBODY = client.get("/greet?name=").json()
