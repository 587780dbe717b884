"""The routes of the box office: its shows, the login, and two pages for the support."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Cookie, FastAPI, Header, HTTPException, Request, Response
from pydantic import BaseModel
from starlette.datastructures import Headers, QueryParams

from .box_office import Login, Sessions, ShowList, find_shows

app = FastAPI(title="Box office")
sessions = Sessions()


class DeskHeaders(BaseModel):
    x_station: str
    x_hop: list[str] = []


class SessionCookies(BaseModel):
    session: str = ""


class Member(BaseModel):
    member: str


class RequestView(BaseModel):
    method: str
    client: str | None
    headers: dict[str, list[str]]
    query: dict[str, list[str]]


COOKIE: Mapping[str, Any] = {
    "key": "session",
    "path": "/",
    "secure": True,
    "httponly": True,
    "samesite": "lax",
}


@app.get("/shows")
async def list_shows(headers: Annotated[DeskHeaders, Header()]) -> ShowList:
    return find_shows(headers.x_station, headers.x_hop)


@app.post("/login")
async def log_in(login: Login, response: Response) -> Member:
    response.set_cookie(value=sessions.open(login.member), max_age=3600, **COOKIE)
    return Member(member=login.member)


@app.get("/me")
async def read_me(cookies: Annotated[SessionCookies, Cookie()]) -> Member:
    if member := sessions.find(cookies.session):
        return Member(member=member)
    raise HTTPException(401, "Log in first.")


@app.post("/logout", status_code=204)
async def log_out(cookies: Annotated[SessionCookies, Cookie()], response: Response) -> None:
    sessions.close(cookies.session)
    response.delete_cookie(**COOKIE)


def list_values(values: Headers | QueryParams) -> dict[str, list[str]]:
    return {name: values.getlist(name) for name in values.keys()}


@app.get("/info")
@app.post("/info")
async def show_request(request: Request) -> RequestView:
    headers = list_values(request.headers)
    for name in ("authorization", "cookie", "x-api-key"):
        if name in headers:
            headers[name] = ["***"] * len(headers[name])
    return RequestView(
        method=request.method,
        client=None if request.client is None else request.client.host,
        headers=headers,
        query=list_values(request.query_params),
    )


@app.post("/raw")
async def measure_body(request: Request) -> dict[str, int]:
    return {"bytes": len(await request.body())}
