"""The zygote: a process with the libraries loaded and warm that forks bases on request.

It never imports a submission itself, so that nothing of one submission can reach the next.
"""

import asyncio
import contextlib
import os
import socket

from .base import Base
from .frames import FrameSocket


def preload(libraries: list[str]) -> None:
    """Import the libraries that submissions use, so that no submission pays for them."""
    for library in libraries:
        __import__(library)


def warm_up() -> None:
    """Answer one request of a throw-away application: first calls pay for lazy imports."""
    from fastapi import FastAPI

    application = FastAPI()

    @application.get("/")
    async def read_root(number: int = 0) -> dict[str, int]:
        return {"number": number}

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: object) -> None:
        del event

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"number=1",
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    asyncio.run(application(scope, receive, send))


def fork_bases(control: FrameSocket) -> None:
    """Fork a base for every socket that arrives, until the grader goes away."""
    while (request := control.read()) is not None:
        _collect_ended()
        stream = socket.socket(fileno=control.descriptors.popleft())
        pid = os.fork()
        if pid == 0:
            control.stream.close()
            os.setpgid(0, 0)
            _redirect_output(request["output"])
            os.chdir(request["folder"])
            os.environ.update(request["environment"])
            Base(FrameSocket(stream)).serve()
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
