"""The routes of the box office: its shows, the login, and two pages for the support."""

from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from fastapi.security import APIKeyCookie

from .box_office import Login, Sessions, ShowList, find_shows

SESSION_COOKIE = APIKeyCookie(name="session", auto_error=False)
HOUR = timedelta(hours=1)

app = FastAPI(title="Box office")
sessions = Sessions()

Token = Annotated[str | None, Depends(SESSION_COOKIE)]
Pairs = list[tuple[str, str]]


class Desk:
    """Who asks, and over which proxies."""

    def __init__(
        self,
        station: Annotated[str, Header(alias="X-Station")],
        hops: Annotated[list[str], Header(alias="X-Hop", default_factory=list)],
    ) -> None:
        self.station = station
        self.hops = hops


@app.get("/shows")
def list_shows(desk: Annotated[Desk, Depends()]) -> ShowList:
    return find_shows(desk.station, desk.hops)


@app.post("/login")
def log_in(login: Login) -> JSONResponse:
    response = JSONResponse({"member": login.member})
    set_session(response, sessions.open(login.member), HOUR)
    return response


@app.get("/me")
def read_me(token: Token) -> dict[str, str]:
    member = sessions.find(token) if token else None
    if member is None:
        raise HTTPException(401, "Log in first.")
    return {"member": member}


@app.post("/logout", status_code=204)
def log_out(token: Token) -> Response:
    if token:
        sessions.close(token)
    response = Response(status_code=204)
    set_session(response, "gone", -HOUR)
    return response


def set_session(response: Response, token: str, lifetime: timedelta) -> None:
    response.set_cookie(
        "session",
        token,
        max_age=round(lifetime.total_seconds()),
        expires=datetime.now(UTC) + lifetime,
        secure=True,
        httponly=True,
    )


def hide(name: str, value: str) -> str:
    return "***" if name in ("authorization", "cookie", "x-api-key") else value


def group(pairs: Pairs) -> dict[str, list[str]]:
    ordered = sorted(pairs, key=itemgetter(0))
    return {name: [value for _, value in same] for name, same in groupby(ordered, itemgetter(0))}


@app.api_route("/info", methods=["GET", "POST"])
def show_request(request: Request) -> dict[str, object]:
    host = getattr(request.client, "host", None)
    headers = [(name, hide(name, value)) for name, value in request.headers.items()]
    query = request.query_params.multi_items()
    return {
        "method": request.method,
        "client": host,
        "headers": group(headers),
        "query": group(query),
    }


@app.post("/raw")
async def measure_body(request: Request) -> dict[str, int]:
    body = b"".join([chunk async for chunk in request.stream()])
    return {"bytes": len(body)}
