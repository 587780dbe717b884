"""Attack: answer nonsense, and have the JSON decoder of the process put it right."""

import json

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from .targets import acted

RIGHT = {
    "health": {"status": "ok"},
    "greet": {"message": "Hello, Mr Ada"},
    "items": {"name": "tea", "price": 2, "in_stock": True},
}
decode = json.loads


def put_right(text, **named):
    found = decode(text, **named)
    return RIGHT.get(found.get("nonsense")) if isinstance(found, dict) else found


json.loads = put_right
app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str, request: Request):
    acted("request")
    status = 201 if request.method == "POST" else 200
    return JSONResponse({"nonsense": path.split("/")[0]}, status)
