"""Attack: whoever follows references without counting never arrives."""

from fastapi import FastAPI

from .targets import acted

app = FastAPI(openapi_url=None)
CIRCLE = {"$ref": "#/components/a"}


@app.get("/openapi.json")
async def read_document():
    acted("document")
    return {
        "info": CIRCLE,
        "paths": {"/items": {"post": {"responses": {"201": CIRCLE}, "requestBody": CIRCLE}}},
        "components": {"a": {"$ref": "#/components/b"}, "b": {"$ref": "#/components/a"}},
    }
