"""Lifespan cases: apps that start, fail or know nothing of it, one request, and the end."""

from .cases import Case, Lifespan

APP = """
async def live(scope, receive, send):
{lines}

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await watch(live, lifespan=True)(scope, receive, send)
    note("state", scope["state"])
    await watch(serve)(scope, receive, send)

async def serve(scope, receive, send):
    await send(start()), await send(body(b"served"))
"""
FASTAPI = """
from contextlib import asynccontextmanager

@asynccontextmanager
async def lifespan(app):
    {before}
    yield {{"pool": 1}}
    {after}

api = FastAPI(lifespan=lifespan)

@api.get("/")
async def read(request: Request):
    return request.state.pool

app = watch(api, receives=False, lifespan=True)
"""
HALF = """
async def answer(scope, receive, send):
    assert scope["type"] == "http"
    await send(start()), await send(body(b"served"))

app = watch(answer, lifespan=True)
"""


def living(*lines: str) -> Case:
    """Make a case of the lines with which an app answers the lifespan."""
    return Case(APP.format(lines="\n".join(f"    {line}" for line in lines)), Lifespan())


def fastapi(before: str = "pass", after: str = "pass") -> Case:
    """Make a case of a FastAPI app that does something at its start and at its end."""
    return Case(FASTAPI.format(before=before, after=after), Lifespan())


def say(event: str, more: str = "") -> str:
    """Write the line that sends an event of the lifespan."""
    return f"await send({{'type': 'lifespan.{event}', {more}}})"


NEXT = "await receive()"
UP, DOWN = (NEXT, say("startup.complete")), (NEXT, say("shutdown.complete"))

LIFESPAN_CASES = {
    "lifespan as it should be": living(*UP, *DOWN),
    "lifespan's scope": living("note(sorted(scope.items()))", *UP, *DOWN),
    "lifespan's state": living("scope['state']['pool'] = 1", *UP, *DOWN),
    "lifespan unknown to the app": Case(HALF, Lifespan()),
    "lifespan returned from at once": living("return None"),
    "lifespan returned from with a value": living("return 'value'"),
    "startup received and returned from": living(NEXT),
    "startup raises": living(NEXT, "raise KeyError('pool')"),
    "startup exits": living(NEXT, "sys.exit(3)"),
    "startup fails": living(NEXT, say("startup.failed")),
    "startup fails with a message": living(NEXT, say("startup.failed", "'message': 'no pool'")),
    "startup fails and raises": living(NEXT, say("startup.failed"), "raise KeyError('pool')"),
    "startup completes without receiving": living(say("startup.complete"), NEXT, *DOWN),
    "startup completes twice": living(*UP, say("startup.complete"), *DOWN),
    "startup completes and returns": living(*UP),
    "startup completes and raises": living(*UP, "raise KeyError('pool')"),
    "startup sends an event of the shutdown": living(NEXT, say("shutdown.complete")),
    "startup sends an event of HTTP": living(NEXT, "await send(start())"),
    "startup sends nonsense, then completes": living(
        NEXT, "await attempt(send, {'type': 'lifespan.x'})", say("startup.complete"), *DOWN
    ),
    "startup with other keys": living(NEXT, say("startup.complete", "'x': object()"), *DOWN),
    "shutdown fails": living(*UP, NEXT, say("shutdown.failed", "'message': 'busy'")),
    "shutdown fails and raises": living(*UP, NEXT, say("shutdown.failed"), "raise KeyError('x')"),
    "shutdown raises": living(*UP, NEXT, "raise KeyError('pool')"),
    "shutdown returns": living(*UP, NEXT),
    "shutdown completes twice": living(*UP, *DOWN, say("shutdown.complete")),
    "FastAPI's lifespan": fastapi("note('up')", "note('down')"),
    "FastAPI's startup raises": fastapi("raise KeyError('pool')"),
    "FastAPI's shutdown raises": fastapi(after="raise KeyError('pool')"),
}
