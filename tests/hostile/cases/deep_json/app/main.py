"""Attack: answer with nesting around the depth at which recursion fails."""

import itertools

from fastapi import FastAPI, Response

depths = itertools.cycle([200_000, 980, 960, 940, 900, 850, 800, 700, 600, 500, 400, 300])
app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    depth = next(depths)
    status = 422 if depth % 100 else 200
    inner = '{"detail":' * depth + "[]" + "}" * depth
    return Response(inner, status, media_type="application/json")
