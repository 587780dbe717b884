"""Canvas: points of a course, read and changed over its API."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from canvasapi import Canvas
from canvasapi.exceptions import CanvasException
from requests import RequestException

from ..model.errors import UsageError
from .uploads import Entered

_NUMBER = re.compile(r"\((\d+)\)$")


@dataclass(frozen=True)
class PointsChange:
    """One student's points as they are on Canvas, and as they are to be."""

    student: str
    user: int
    before: float | None
    after: float


class CanvasGradebook:
    """One course of Canvas, read with a token; every failure is a `UsageError`."""

    def __init__(self, address: str, token: str, course: int) -> None:
        self._canvas = Canvas(address, token)
        self._course = course
        self._assignment = ""

    def compare(self, entered: Entered) -> Iterator[PointsChange]:
        """Compare what was put into a gradebook with what Canvas has."""
        found = _NUMBER.search(entered.column.title)
        if found is None:
            raise UsageError(
                f"'{entered.column.title}' does not end with the number of an assignment of Canvas."
                " Export the gradebook from Canvas, and name that file with `--into`."
            )
        self._assignment = found[1]
        known = self._read()
        for student, points in entered.points.items():
            user = entered.numbers.get(student)
            if user in known and known[user] != points:
                yield PointsChange(student, user, known[user], points)

    def enter(self, change: PointsChange) -> None:
        """Change the points of one student."""
        try:
            course = self._canvas.get_course(self._course)
            submission = course.get_assignment(self._assignment).get_submission(change.user)
            submission.edit(submission={"posted_grade": f"{change.after:g}"})
        except (CanvasException, RequestException) as error:
            raise self._describe(error) from None

    def _read(self) -> dict[int, float | None]:
        try:
            assignment = self._canvas.get_course(self._course).get_assignment(self._assignment)
            return {each.user_id: each.score for each in assignment.get_submissions()}
        except (CanvasException, RequestException) as error:
            raise self._describe(error) from None

    def _describe(self, error: Exception) -> UsageError:
        return UsageError(
            f"Canvas did not answer about course {self._course} and assignment"
            f" {self._assignment}: {error}. Check the numbers, the address and the token."
        )
