"""Attack: answer with nesting around the depth at which recursion fails."""

from fastapi import FastAPI, Request, Response

from .targets import VARIANT, acted

depth = int(VARIANT)
app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str, request: Request):
    acted(request.method)
    status = 422 if request.method == "POST" else 200
    inner = '{"detail":' * depth + "[]" + "}" * depth
    return Response(inner, status, media_type="application/json")
