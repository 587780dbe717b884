"""Attack: give the wrong type one level further down."""

from fastapi import FastAPI

app = FastAPI(openapi_url=None)


@app.get("/openapi.json")
async def read_document():
    return {"paths": {"/items": {"post": {"responses": ["201"], "requestBody": "201"}}}}
