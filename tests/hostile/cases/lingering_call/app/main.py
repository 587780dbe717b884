"""Attack: send the answer and then hold on for as long as anybody waits."""

import asyncio

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from .targets import acted

app = FastAPI()


class Lingering(JSONResponse):
    async def __call__(self, scope, receive, send):
        await super().__call__(scope, receive, send)
        acted("request")
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str, request: Request):
    return Lingering({"status": "never"}, 500)
