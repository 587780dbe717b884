"""Traces: what happened in one criterion, moment by moment, as a learner may see it.

A trace holds the moments alone and decides nothing: the verdict is the criterion's result. Text
that came from a submission is made harmless here, once, for every renderer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from .reports import CriterionResult, ReportModel, make_harmless

LONGEST_TEXT = 400
"""Characters of one moment's text; the rest is cut with a mark."""

_CUT = "… (cut)"


def shorten(text: str) -> str:
    """Write a text on one line, harmless, and cut it where it is too long."""
    shown = make_harmless(text[: LONGEST_TEXT + 1]).replace("\n", "\\n").replace("\t", "\\t")
    if len(text) <= LONGEST_TEXT and len(shown) <= LONGEST_TEXT + len(_CUT):
        return shown
    return shown[:LONGEST_TEXT].removesuffix(_CUT) + _CUT


ShortText = Annotated[str, BeforeValidator(shorten)]


class Edge(StrEnum):
    """What a moment is to its span."""

    BEGIN = "begin"
    WITHIN = "within"
    END = "end"


class Moment(ReportModel):
    """One thing that happened, in a lane; `span` names what lasts, such as one request.

    Without a span it is a point in its lane, or between all lanes if `lane` is empty as well.
    `owner` is the span of the request on whose behalf it happened, where that is known.
    """

    lane: ShortText = ""
    span: ShortText = ""
    edge: Edge = Edge.WITHIN
    text: ShortText
    owner: ShortText = ""
    count: int = 1
    """How often it happened in succession."""
    rows: int = 0
    """How many rows the database gave, over all of these times."""


@dataclass(frozen=True)
class Trace:
    """A criterion of a kata, how it ended, and the moments that led there, in order."""

    kata: str
    title: str
    seed: str
    result: CriterionResult
    moments: Sequence[Moment]
    notices: Sequence[str] = ()
