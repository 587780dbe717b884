"""The routes of the box office: its shows, the login, and two pages for the support."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Cookie, FastAPI, Header, HTTPException, Request, Response

from .box_office import Login, Sessions, ShowList, find_shows

COOKIE = "session"
LIFETIME = 60 * 60
"""Seconds for which a browser keeps the cookie."""

SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key"})
HIDDEN = "***"

app = FastAPI(title="Box office")
sessions = Sessions()

SessionToken = Annotated[str, Cookie(alias=COOKIE, default_factory=str)]
"""The token of the cookie; empty without one, which is no token."""


def gather(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Gather values by their name, which may come more than once."""
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


@app.get("/shows")
async def list_shows(
    x_station: Annotated[str, Header()], x_hop: Annotated[list[str], Header(default_factory=list)]
) -> ShowList:
    return find_shows(x_station, x_hop)


@app.post("/login")
async def log_in(login: Login, response: Response) -> dict[str, str]:
    token = sessions.open(login.member)
    # Starlette adds `SameSite=lax` and `Path=/`.
    response.set_cookie(COOKIE, token, max_age=LIFETIME, secure=True, httponly=True)
    return {"member": login.member}


@app.get("/me")
async def read_me(token: SessionToken) -> dict[str, str]:
    member = sessions.find(token)
    if member is None:
        raise HTTPException(401, "Log in first.")
    return {"member": member}


@app.post("/logout", status_code=204)
async def log_out(response: Response, token: SessionToken) -> None:
    sessions.close(token)
    response.delete_cookie(COOKIE)


@app.api_route("/info", methods=["GET", "POST"])
async def show_request(request: Request) -> dict[str, Any]:
    headers = [
        (name, HIDDEN if name in SECRET_HEADERS else value)
        for name, value in request.headers.items()
    ]
    return {
        "method": request.method,
        "client": request.client.host if request.client else None,
        "headers": gather(headers),
        "query": gather(request.query_params.multi_items()),
    }


@app.post("/raw")
async def measure_body(request: Request) -> dict[str, int]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return {"bytes": size}
