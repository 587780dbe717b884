"""Attack: put values of any type where a grader expects text or an object."""

from fastapi import FastAPI

from .targets import acted

app = FastAPI(openapi_url=None)


@app.get("/openapi.json")
async def read_document():
    acted("document")
    return {
        "paths": {
            "/items": {
                "post": {
                    "responses": {"201": {"$ref": 7}},
                    "requestBody": {"$ref": ["a"]},
                }
            }
        }
    }
