"""REPLACE: what this application is for."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/greetings/{name}")
async def read_greeting(name: str) -> dict[str, str]:
    return {"text": "Hello"}  # TODO 1: greet by name
