"""Disclosures: a secret is looked for wherever a submission can tell it."""

import pytest

from .conftest import RunGrader

APP = """
    import logging
    import warnings
    from fastapi import FastAPI, Response

    app = FastAPI()

    @app.get("/{place}")
    async def tell(place: str, response: Response) -> str:
        if place == "header":
            response.headers["X-Note"] = "the canary"
        elif place == "message":
            logging.getLogger("app").warning("the canary")
        elif place == "field":
            logging.getLogger("app").warning("A field.", extra={"note": {"deep": ["the canary"]}})
        elif place == "output":
            print("the can", end="")
            print("ary")
        elif place == "warning":
            warnings.warn("the canary")
        elif place == "exception":
            raise ValueError("the canary")
        return "the canary" if place == "body" else "nothing"
"""
CRITERIA = '''
@criterion(task=1)
async def test_place(client, host):
    """Nothing says it."""
    await client.get("/message")
    position = len(host.evidence)
    answer = await client.get("/PLACE")
    for where, text in list_said(host, answer, position):
        if "canary" in text:
            raise expect(answer).fails("silence", where)
'''


@pytest.mark.parametrize(
    ("place", "where"),
    [
        ("body", "the body"),
        ("header", "the header 'x-note'"),
        ("message", "the log of 'app'"),
        ("field", "the log of 'app'"),
        ("output", "what the app prints"),
        ("warning", "what the app prints"),
        ("exception", "the text of the exception that ends the request"),
    ],
)
def test_each_place_is_listed(run_grader: RunGrader, place: str, where: str) -> None:
    """What is said in an answer, a record, the output, a warning or an error is found there."""
    graded = run_grader(CRITERIA.replace("PLACE", place), app=APP)

    assert graded.finding.seen == where


def test_silence_lists_no_secret(run_grader: RunGrader) -> None:
    """What was said before the position is not listed, and a silent answer holds no secret."""
    graded = run_grader(CRITERIA.replace("PLACE", "silent"), app=APP)

    assert graded.outcomes == {"test_place": "passed"}


def test_body_can_be_left_out(run_grader: RunGrader) -> None:
    """The answer that is allowed to show a secret is asked for all but its body."""
    criteria = CRITERIA.replace("PLACE", "body").replace("position)", "position, body=False)")

    assert run_grader(criteria, app=APP).outcomes == {"test_place": "passed"}
