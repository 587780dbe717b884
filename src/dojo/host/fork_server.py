"""The fork server: a process with the libraries loaded and warm that forks snapshots on request.

It never imports a submission itself, so that nothing of one submission can reach the next.
"""

import asyncio
import contextlib
import gc
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

from .confinement import Confinement, end_with_parent
from .frames import FrameSocket
from .snapshot import Snapshot

_REQUESTS = (
    ("GET", b"/", b""),
    ("POST", b"/", b'{"number": 1}'),
    ("POST", b"/", b'{"number": "none"}'),
    ("GET", b"/missing", b""),
)


def preload(libraries: list[str]) -> None:
    """Import the libraries that submissions use, so that no submission pays for them."""
    for library in libraries:
        __import__(library)


def warm_up() -> None:
    """Serve a throw-away application as a copy does: first calls pay for what later ones share."""
    asyncio.run(_serve_application())
    if "sqlalchemy" in sys.modules:
        from .database_warmup import use_database

        asyncio.run(use_database())
    asyncio.set_event_loop_policy(None)  # or nobody would be given a loop at import any more
    for thread in threading.enumerate():  # none may run when a snapshot is forked
        if thread is not threading.current_thread():
            thread.join()


async def _serve_application() -> None:
    application = _make_application()
    lifespan = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    steps = [{"type": f"lifespan.{step}"} for step in ("startup", "shutdown")]
    await _call(application, lifespan, steps)
    for method, path, body in _REQUESTS:
        request = {"type": "http.request", "body": body, "more_body": False}
        await _call(application, _make_scope(method, path), [request])


async def _call(application: Any, scope: dict[str, Any], events: list[dict[str, Any]]) -> None:
    waiting = iter([*events, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(waiting)

    async def send(event: object) -> None:
        del event

    await application(scope, receive, send)


def _make_application() -> Any:
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.responses import StreamingResponse
    from pydantic import BaseModel

    class Body(BaseModel):
        number: int

    def give_number() -> Iterator[int]:
        yield 1

    application = FastAPI()

    @application.get("/")
    async def read_root(number: int = Depends(give_number)) -> StreamingResponse:
        return StreamingResponse(iter([str(number)]))

    @application.post("/")
    def create(body: Body) -> Body:
        return body

    @application.get("/missing")
    def read_missing(number: int = Depends(give_number)) -> None:
        raise HTTPException(404, f"Number {number} is missing.")

    return application


def _make_scope(method: str, path: bytes) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path.decode(),
        "raw_path": path,
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def fork_snapshots(control: FrameSocket, confinement: Confinement) -> None:
    """Fork a snapshot for every socket that arrives, until the grader goes away."""
    gc.freeze()  # or a collection in a fork would touch, and so copy, every page
    while (request := control.read()) is not None:
        collect_ended()
        stream = socket.socket(fileno=control.descriptors.popleft())
        pid = os.fork()
        if pid == 0:
            end_with_parent()
            control.stream.close()
            os.setsid()
            _redirect_output(request["output"])
            os.chdir(request["folder"])
            os.environ.update(request["environment"])
            tempfile.tempdir = None  # a library may have asked for it, when it was another
            Snapshot(FrameSocket(stream, takes_descriptors=True), confinement).serve()
            os._exit(0)
        stream.close()
        control.write({"kind": "forked", "pid": pid})


def _redirect_output(path: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def collect_ended() -> None:
    """Collect the children that have ended, without waiting for any."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
