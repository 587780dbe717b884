"""The zygote: a process with the libraries loaded and warm that forks bases on request.

It never imports a submission itself, so that nothing of one submission can reach the next.
"""

import asyncio
import contextlib
import gc
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

from .base import Base
from .cells import Cell
from .frames import FrameSocket


def preload(libraries: list[str]) -> None:
    """Import the libraries that submissions use, so that no submission pays for them."""
    for library in libraries:
        __import__(library)


def warm_up() -> None:
    """Answer requests of a throw-away application: first calls pay for what later ones share."""
    asyncio.run(_answer_requests())
    for thread in threading.enumerate():  # none may run when a base is forked
        if thread is not threading.current_thread():
            thread.join()


async def _answer_requests() -> None:
    application = _make_application()
    for method, path, body in (("GET", b"/", b""), ("POST", b"/", b'{"number": 1}')):
        scope = _make_scope(method, path)
        messages = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive(messages: list[dict[str, object]] = messages) -> dict[str, object]:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def send(event: object) -> None:
            del event

        await application(scope, receive, send)


def _make_application() -> Any:
    from fastapi import Depends, FastAPI
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


def fork_bases(control: FrameSocket, cell: Cell) -> None:
    """Fork a base for every socket that arrives, until the grader goes away."""
    gc.freeze()  # or a collection in a fork would touch, and so copy, every page
    while (request := control.read()) is not None:
        _collect_ended()
        stream = socket.socket(fileno=control.descriptors.popleft())
        pid = os.fork()
        if pid == 0:
            control.stream.close()
            os.setsid()
            _redirect_output(request["output"])
            os.chdir(request["folder"])
            os.environ.update(request["environment"])
            tempfile.tempdir = None  # a library may have asked for it, when it was another
            Base(FrameSocket(stream, takes_descriptors=True), cell).serve()
            os._exit(0)
        stream.close()
        control.write({"kind": "forked", "pid": pid})


def _redirect_output(path: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _collect_ended() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
