"""Each case is run behind the wall and behind uvicorn, and comes to the same on both sides."""

from collections.abc import Iterator

import pytest

from dojo.harness.server_connection import open_server
from dojo.harness.snapshot_process import ImportRequest
from dojo.harness.temporary_folders import open_run_folder
from dojo.host.confinement import DEFAULT_LIMITS
from dojo.runner.fork_server_launcher import ForkServerLauncher

from ..conftest import Submission, write_files
from .behind_uvicorn import run_behind_uvicorn
from .behind_wall import run_behind_wall
from .cases import Case
from .http_cases import HTTP_CASES
from .lifespan_cases import LIFESPAN_CASES
from .websocket_cases import WEBSOCKET_CASES

MAIN = """
    import os

    names = {}

    async def app(scope, receive, send):
        if not names:
            exec(compile(os.environ["CASE"], "<case>", "exec"), names)
        return await names["app"](scope, receive, send)
"""

CASES: dict[str, Case] = {**HTTP_CASES, **WEBSOCKET_CASES, **LIFESPAN_CASES}


@pytest.fixture(scope="module")
def submission(fork_server: ForkServerLauncher) -> Iterator[Submission]:
    """Give a submission whose hosts run any case."""
    with open_run_folder() as folder:
        write_files(folder.stage, {"app/main.py": MAIN})
        submission = Submission(folder, fork_server)
        submission.snapshot.request_import(
            ImportRequest("app.main:app", ("kata",), limits=dict(DEFAULT_LIMITS))
        )
        yield submission
        submission.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_same_on_both_sides(submission: Submission, case: Case) -> None:
    """The app sees, and the client gets, the same; where it does not, the case says why."""
    behind_wall = await run_behind_wall(submission, case)

    for protocol, limit in case.limits.items():
        behind_uvicorn = await run_behind_uvicorn(case, protocol)
        if limit:
            assert behind_wall != behind_uvicorn, f"no limit any more with {protocol}: {limit}"
        else:
            assert behind_wall == behind_uvicorn, f"behind uvicorn with {protocol}"


SAMPLE = {name: case for name, case in list(CASES.items())[::8] if not any(case.limits.values())}
"""Some cases: each takes a host that imports uvicorn."""


@pytest.mark.parametrize("case", SAMPLE.values(), ids=SAMPLE.keys())
async def test_same_over_server_connection(submission: Submission, case: Case) -> None:
    """Where uvicorn serves in the host, the harness' own clients see what they see of the wall."""
    over_network = await run_behind_wall(submission, case, open_server)

    assert over_network == await run_behind_wall(submission, case)
