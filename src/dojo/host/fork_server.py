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

PROCESSORS = 4
"""As on a small server: `asyncio.to_thread` has eight threads."""

_REQUESTS = (
    ("GET", b"/", b""),
    ("POST", b"/", b'{"number": 1}'),
    ("POST", b"/", b'{"number": "none"}'),
    ("GET", b"/missing", b""),
)


def fix_processors() -> None:
    """Have Python report `PROCESSORS` wherever this platform lets it be asked.

    Default pools of threads are sized by it, so a verdict would depend on where it is given. It
    changes what is reported, not how many processors do the work.
    """
    answers = {
        "cpu_count": lambda: PROCESSORS,
        "process_cpu_count": lambda: PROCESSORS,  # from Python 3.13 on
        "sched_getaffinity": lambda _: set(range(PROCESSORS)),  # not on macOS
    }
    for name, answer in answers.items():
        if hasattr(os, name):
            setattr(os, name, answer)


_OPTIONAL_DECODERS = ("brotli", "brotlicffi", "zstandard")
"""What HTTP clients accept besides gzip where it is installed, as it is with a package for 7z."""


def hide_decoders() -> None:
    """Have HTTP clients ask for the same encodings whatever else is installed."""
    for name in _OPTIONAL_DECODERS:
        sys.modules[name] = None  # type: ignore[assignment]


def preload(libraries: list[str]) -> None:
    """Import the libraries that submissions use, so that no submission pays for them."""
    for library in libraries:
        __import__(library)


def warm_up() -> None:
    """Serve a throw-away application as a copy does: first calls pay for what later ones share."""
    asyncio.run(_serve_application())
    if "sqlalchemy" in sys.modules:
        asyncio.run(_use_database())
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


async def _use_database() -> None:
    """Store and read two rows of a database in memory, then leave nothing open.

    At first use SQLAlchemy imports dialects, builds its visitors and configures mappers.
    """
    from sqlalchemy import func, inspect, select
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
    from sqlalchemy.orm import selectinload

    base, parent, child = _make_tables()
    engine = create_async_engine("sqlite+aiosqlite://")
    open_session = async_sessionmaker(engine)
    async with open_session.begin() as session:
        connection = await session.connection()
        await connection.run_sync(lambda each: inspect(each).has_table("parent"))
        await connection.run_sync(base.metadata.create_all)
        session.add(parent(name="one", children=[child()]))
    async with open_session() as session:
        query = select(parent).options(selectinload(parent.children)).order_by(parent.name)
        (await session.scalars(query.limit(1).offset(0))).all()
        (await session.execute(select(func.count(child.id)).group_by(child.parent_id))).all()
    await engine.dispose()


def _make_tables() -> tuple[Any, Any, Any]:
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

    class Base(DeclarativeBase):
        pass

    class Child(Base):
        __tablename__ = "child"

        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int] = mapped_column(ForeignKey("parent.id"))

    class Parent(Base):
        __tablename__ = "parent"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        children: Mapped[list[Child]] = relationship()

    return Base, Parent, Child


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
        control.write({"kind": "forked", "pid": pid, "token": request["token"]})


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
