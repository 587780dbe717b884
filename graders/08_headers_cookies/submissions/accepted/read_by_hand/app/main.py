"""The routes of the box office: its shows, the login, and two pages for the support."""

from collections import defaultdict
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError

from .box_office import Login, Sessions, ShowList, find_shows

SECRET = {b"authorization", b"cookie", b"x-api-key"}

app = FastAPI(title="Box office")
sessions = Sessions()


def read_token(request: Request) -> str:
    return request.cookies.get("session", "")


@app.get("/shows")
async def list_shows(request: Request) -> ShowList:
    station = request.headers.get("X-Station")
    if station is None:
        error = {"type": "missing", "loc": ["header", "X-Station"], "msg": "Field required"}
        raise RequestValidationError([error])
    return find_shows(station, request.headers.getlist("X-Hop"))


@app.post("/login")
async def log_in(login: Login, response: Response) -> dict[str, str]:
    token = sessions.open(login.member)
    attributes = "Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax"
    response.headers.append("Set-Cookie", f"session={token}; {attributes}")
    return {"member": login.member}


@app.get("/me")
async def read_me(request: Request) -> dict[str, str]:
    member = sessions.find(read_token(request))
    if member is None:
        raise HTTPException(401, "Log in first.")
    return {"member": member}


@app.post("/logout", status_code=204)
async def log_out(request: Request, response: Response) -> None:
    sessions.close(read_token(request))
    response.headers["Set-Cookie"] = "session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"


@app.api_route("/info", methods=["GET", "POST"])
async def show_request(request: Request) -> dict[str, Any]:
    headers, query = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for name, value in request.scope["headers"]:
        shown = "***" if name in SECRET else value.decode("latin-1")
        headers[name.decode("latin-1")].append(shown)
    text = request.scope["query_string"].decode("latin-1")
    for key, value in parse_qsl(text, keep_blank_values=True):
        query[key].append(value)
    client = request.scope.get("client")
    return {
        "method": request.method,
        "client": client[0] if client else None,
        "headers": headers,
        "query": query,
    }


@app.post("/raw")
async def measure_body(request: Request) -> dict[str, int]:
    size, more = 0, True
    while more:
        message = await request.receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    return {"bytes": size}
