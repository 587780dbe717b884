"""Attack: nest where a grader walks: in the places of errors, in references of a document."""

from fastapi import FastAPI, Response

from .targets import acted

app = FastAPI(openapi_url=None)
reference = '{"$ref": "#/paths"}'


@app.get("/openapi.json")
async def read_document():
    acted("document")
    return Response('{"paths": ' + reference + "}", media_type="application/json")


@app.post("/items")
async def create():
    acted("item")
    deep = "[" * 900 + "]" * 900
    return Response('{"detail": [{"loc": ' + deep + "}]}", 422, media_type="application/json")
