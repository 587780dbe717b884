"""Requests that are sent together reach the app together, whatever else the computer does."""

import asyncio

from dojo.grader import send_together
from dojo.wall.transport import open_client

from ..conftest import OpenSubmission

APP = """
    import asyncio

    arrived = 0

    async def app(scope, receive, send):
        global arrived
        arrived += 1
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % arrived})
"""


async def test_requests_arrive_together(open_submission: OpenSubmission) -> None:
    """Each request finds all the others there when it runs for the first time."""
    host = await open_submission(APP).open(start=False)
    async with open_client(host) as client:
        tasks = await send_together(host, *(client.get("/") for _ in range(5)))
        answers = await asyncio.gather(*tasks)

    assert [answer.text for answer in answers] == ["5"] * 5
