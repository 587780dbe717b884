"""Cheat: answer with JSON of every odd kind, in the hope that the grader stumbles."""

import itertools

from fastapi import FastAPI, Request, Response

app = FastAPI()
bodies = itertools.cycle(
    [
        b"null",
        b"[]",
        b'"text"',
        b"0",
        b"[" * 5000 + b"]" * 5000,
        b'{"id": null, "detail": [null], "orders": 1}',
        b'{"id": {}, "detail": {"loc": 1}, "orders": [[]]}',
        b'{"a": 1',
        b"\xff\xfe",
        b"",
    ]
)


@app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def answer(path: str, request: Request) -> Response:
    status = {"GET": 200, "POST": 201}.get(request.method, 204)
    return Response(next(bodies), status, media_type="application/json")
