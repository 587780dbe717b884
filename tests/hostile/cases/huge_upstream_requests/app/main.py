"""Attack: what a partner parses need not come from a browser."""

from fastapi import FastAPI

from . import gateway
from .targets import VARIANT, acted

text, _, times = VARIANT.rpartition("*")
app = FastAPI()


@app.post("/{path:path}", status_code=201)
def create(path: str):
    headers = {"Content-Type": "application/json", "Idempotency-Key": "a" * 8000}
    status, _ = gateway._send("POST", "/charges", text * int(times), headers)
    acted(f"refused with {status}")
