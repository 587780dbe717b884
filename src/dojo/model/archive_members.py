"""Archive members: one entry of any archive, and the names and times that are common to all."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from .file_trees import LONGEST_NAME

NO_TIME = datetime(1980, 1, 2, tzinfo=UTC)
"""What has no time of its own gets the first day that a zip can hold, or none."""

Wanted = Callable[[str], bool]
"""Tells whether the content of a file is to be read, by its path."""


@dataclass(frozen=True)
class Member:
    """One entry of an archive; `problem` says why it may not be unpacked."""

    name: str
    is_folder: bool
    problem: str | None
    read: Callable[[int], bytes]
    modified: datetime | None = None


def make_plain(name: str) -> str:
    """Return a path as it is compared: composed, with `/`, without parts that lead nowhere."""
    path = unicodedata.normalize("NFC", name[:LONGEST_NAME]).replace("\\", "/")
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def to_time(seconds: float) -> datetime | None:
    """Give a time; what no file can have been changed at stands for not knowing."""
    try:
        time = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return time if time > NO_TIME else None
