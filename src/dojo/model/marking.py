"""Marking: what a course counts for what was earned: weights, deadlines, and being late."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator


class LatePolicy(BaseModel):
    """What being late costs; with no percentage it costs nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    grace_minutes: Annotated[float, Field(ge=0)] = 0
    """Minutes after the deadline that are free."""
    percent_a_day: Annotated[float, Field(ge=0, le=100)] = 0
    """What is taken off what was earned, for each day that has begun."""
    cap_percent: Annotated[float, Field(ge=0, le=100)] = 100
    """The most that is taken off."""

    def compute_percent(self, days: int) -> float:
        """Compute what is taken off for days that have begun, in percent of what was earned."""
        return min(self.percent_a_day * days, self.cap_percent)


class Marking(BaseModel):
    """What a run counts for: `points` and `bonus` name a kata, or `KATA: CRITERION`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    due: AwareDatetime | None = None
    extensions: Mapping[str, AwareDatetime] = Field(
        default={}, description="Deadlines of single students."
    )
    late: LatePolicy = LatePolicy()
    points: Mapping[str, float] = Field(default={}, description="In place of the grader's.")
    bonus: tuple[str, ...] = Field(default=(), description="Counts, and nobody has to have it.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if any(each < 0 or not math.isfinite(each) for each in self.points.values()):
            raise ValueError("points are 0 or more")
        if self.extensions and self.due is None:
            raise ValueError("an extension needs a `due`")
        return self

    def count_days_late(
        self, student: str, submitted: datetime | None, *, marked_late: bool = False
    ) -> int:
        """Count the days that have begun since the student's deadline; 0 in time.

        What the platform marked as late is one day late where no time says more, unless the student
        has an extension: files do not tell when they were uploaded.
        """
        if self.due is None:
            return 0
        own = self.extensions.get(student)
        least = int(marked_late and own is None)
        if submitted is None:
            return least
        late = submitted - (own or self.due)
        if late <= timedelta(minutes=self.late.grace_minutes):
            return least if late <= timedelta(0) else 0
        return max(least, math.ceil(late / timedelta(days=1)))
