"""Where a kata is about the server, real uvicorn serves the submission on the grader's listener."""

import socket

import httpx

from dojo.harness.hosts import Host
from dojo.harness.server_connection import open_server

from ..conftest import OpenSubmission, fetch

APP = """
    import logging
    from contextlib import asynccontextmanager
    from fastapi import FastAPI, Request

    @asynccontextmanager
    async def lifespan(app):
        logging.getLogger("kata.server").info("started")
        yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def read(request: Request) -> str:
        return request.headers.get("x-forwarded-for", "")

    @app.get("/scheme")
    async def read_scheme(request: Request) -> str:
        return request.url.scheme
"""


async def test_real_server_answers(open_submission: OpenSubmission, fork: bool) -> None:
    """A request over TCP is answered by uvicorn, which runs the lifespan itself."""
    submission = open_submission(APP, fork=fork)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = await Host.open(submission.snapshot, [listener])
        submission.hosts.append(host)
        await host.serve()
        async with httpx.AsyncClient(trust_env=False) as client:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            response = await client.get(address, headers={"x-forwarded-for": "203.0.113.9"})

    assert response.json() == "203.0.113.9"
    assert response.headers["server"] == "uvicorn"
    assert len(host.evidence.logs("kata.server", "started")) == 1


async def test_server_takes_options(open_submission: OpenSubmission) -> None:
    """Uvicorn's own options are passed through."""
    submission = open_submission(APP)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = await Host.open(submission.snapshot, [listener])
        submission.hosts.append(host)
        await host.serve(server_header=False, forwarded_allow_ips="*")
        async with httpx.AsyncClient(trust_env=False) as client:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}/scheme"
            response = await client.get(address, headers={"x-forwarded-proto": "https"})

    assert response.json() == "https"
    assert "server" not in response.headers


async def test_app_can_be_served_again(open_submission: OpenSubmission, fork: bool) -> None:
    """After a shutdown the same copy starts up once more, and answers at the same port."""
    submission = open_submission(APP, fork=fork)
    host = await open_server(submission.snapshot)
    submission.hosts.append(host)

    for times in (1, 2):
        await host.start()
        assert (await fetch(host)).json() == ""
        assert len(host.evidence.logs("kata.server", "started")) == times
        await host.stop()


async def test_next_copy_is_free_of_listeners(open_submission: OpenSubmission) -> None:
    """A copy that is opened without a listener works after one that had one."""
    submission = open_submission(APP)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        submission.hosts.append(await Host.open(submission.snapshot, [listener]))

    host = await submission.open()

    assert (await fetch(host)).json() == ""
