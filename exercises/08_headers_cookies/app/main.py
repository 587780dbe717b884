"""The routes of the box office: its shows, the login, and two pages for the support."""

from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response

from .box_office import Login, Sessions, ShowList, find_shows

app = FastAPI(title="Box office")
sessions = Sessions()


# TODO 1: a station is required, and each hop counts.
@app.get("/shows")
async def list_shows(request: Request) -> ShowList:
    hop = request.headers.get("x-hop")
    return find_shows(request.headers.get("x-station", "unknown"), [hop] if hop else [])


# TODO 2: keep the token where no script can read it.
@app.post("/login")
async def log_in(login: Login, response: Response) -> dict[str, str]:
    token = sessions.open(login.member)
    response.set_cookie("session", token)
    return {"member": login.member, "session": token}


@app.get("/me")
async def read_me(session: str = "") -> dict[str, str]:
    member = sessions.find(session)
    if member is None:
        raise HTTPException(401, "Log in first.")
    return {"member": member}


# TODO 3: end the session, here and in the browser.
@app.post("/logout", status_code=204)
async def log_out(response: Response) -> None:
    response.set_cookie("session", "")


# TODO 4: show the request as it came, but nothing that is secret.
@app.api_route("/info", methods=["GET", "POST"])
async def show_request(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "client": request.scope["client"][0],
        "headers": dict(request.headers),
        "query": dict(request.query_params),
    }


@app.post("/raw")
async def measure_body(request: Request) -> dict[str, int]:
    text = (await request.body()).decode("utf-8", "replace")
    return {"bytes": len(text)}
