"""Attack: give the wrong type one level further down."""

from fastapi import FastAPI

from .targets import acted

app = FastAPI(openapi_url=None)


@app.get("/openapi.json")
async def read_document():
    acted("document")
    return {"paths": {"/items": {"post": {"responses": ["201"], "requestBody": "201"}}}}
