"""Points are compared with what Canvas has, and changed there one by one."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from dojo.model.errors import UsageError
from dojo.teaching.canvas import CanvasGradebook, PointsChange
from dojo.teaching.uploads import enter_points

from .test_uploads import CANVAS


class FakeCanvas(ThreadingHTTPServer):
    """A Canvas with one course, one assignment and two students."""

    scores: dict[int, float | None]
    tokens: list[str | None]


class _Answers(BaseHTTPRequestHandler):
    server: FakeCanvas

    def do_GET(self) -> None:
        """Answer what the API answers for the course, the assignment and its submissions."""
        self.server.tokens.append(self.headers["Authorization"])
        path = self.path.partition("?")[0]
        answers: dict[str, Any] = {
            "/api/v1/courses/5": {"id": 5},
            "/api/v1/courses/5/assignments/101": {"id": 101, "course_id": 5},
            "/api/v1/courses/5/assignments/101/submissions": [
                self._describe(user) for user in self.server.scores
            ],
        }
        answers |= {
            f"/api/v1/courses/5/assignments/101/submissions/{user}": self._describe(user)
            for user in self.server.scores
        }
        self._answer(answers.get(path))

    def do_PUT(self) -> None:
        """Take the points of one student."""
        user = int(self.path.rpartition("/")[2])
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.scores[user] = float(form["submission[posted_grade]"][0])
        self._answer(self._describe(user))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _describe(self, user: int) -> dict[str, Any]:
        return {"user_id": user, "assignment_id": 101, "score": self.server.scores[user]}

    def _answer(self, content: object) -> None:
        body = json.dumps(content if content is not None else {"errors": []}).encode()
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def canvas() -> Iterator[FakeCanvas]:
    """Give a Canvas on loopback that answers while the test lasts."""
    server = FakeCanvas(("127.0.0.1", 0), _Answers)
    server.scores, server.tokens = {11: None, 12: 7.5}, []
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield server
    server.shutdown()
    serving.join()
    server.server_close()


def compare(canvas: FakeCanvas, folder: Path, course: int = 5) -> list[PointsChange]:
    """Compare points of two students with that Canvas."""
    path = folder / "export.csv"
    path.write_text(CANVAS)
    entered = enter_points(path, {"ada": 8.5, "amara": 7.5}, 10, "Week 1", scale=False)
    return list(open_gradebook(canvas, course).compare(entered))


def open_gradebook(canvas: FakeCanvas, course: int = 5) -> CanvasGradebook:
    """Open a course of that Canvas."""
    return CanvasGradebook(f"http://127.0.0.1:{canvas.server_port}", "secret", course)


@pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly")
def test_only_differences_are_listed(canvas: FakeCanvas, tmp_path: Path) -> None:
    """Who has the same points already is left alone, and nothing is changed by comparing."""
    assert compare(canvas, tmp_path) == [PointsChange("ada", 11, None, 8.5)]
    assert canvas.scores == {11: None, 12: 7.5}
    assert set(canvas.tokens) == {"Bearer secret"}


@pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly")
def test_change_is_entered(canvas: FakeCanvas, tmp_path: Path) -> None:
    """What was listed can be entered; then nothing differs any more."""
    path = tmp_path / "export.csv"
    path.write_text(CANVAS)
    entered = enter_points(path, {"ada": 8.5}, 10, "Week 1", scale=False)
    gradebook = open_gradebook(canvas)
    for change in gradebook.compare(entered):
        gradebook.enter(change)

    assert canvas.scores == {11: 8.5, 12: 7.5}
    assert compare(canvas, tmp_path) == []


@pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly")
def test_refusal_is_told(canvas: FakeCanvas, tmp_path: Path) -> None:
    """A course that Canvas does not show is a mistake in the call."""
    with pytest.raises(UsageError, match="course 6 and assignment 101"):
        compare(canvas, tmp_path, course=6)
