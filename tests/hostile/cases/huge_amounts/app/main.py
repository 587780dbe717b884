"""Attack: charge amounts that are short as they are sent, and long when they are written out."""

import json

from fastapi import FastAPI

from . import gateway
from .targets import VARIANT, acted

app = FastAPI()


@app.post("/{path:path}", status_code=201)
def create(path: str):
    acted("charge")
    body = json.dumps({"amount": VARIANT, "card": "a card"})
    headers = {"Content-Type": "application/json"}
    gateway._send("POST", "/charges", body, headers)
