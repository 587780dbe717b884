"""Warning filters: a submission cannot hide the warnings that it causes.

Its filters may make a warning an error, or have it told once. None ignores a warning, and who
records warnings or shows them in another way does it besides. What a package ignores is left to it.
"""

import contextlib
import os
import sys
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any

_PASSED_ON_BY = (warnings.__name__, contextlib.__name__)


class OpenFilters(list[Any]):
    """The filters of warnings, without those of the submission that ignore any."""

    def __init__(self, filters: list[Any], root: str) -> None:
        super().__init__(filters)
        self.root = root

    def insert(self, index: Any, item: Any) -> None:
        """Add a filter, unless the submission wants to ignore a warning."""
        if item[0] != "ignore" or not self._is_asked_by_submission():
            super().insert(index, item)

    def __getitem__(self, index: Any) -> Any:
        """Give filters; the copy that `catch_warnings` makes for the submission is open too."""
        found = super().__getitem__(index)
        if isinstance(index, slice) and self._is_asked_by_submission():
            return OpenFilters(found, self.root)
        return found

    def _is_asked_by_submission(self) -> bool:
        frame = sys._getframe(2)
        while frame.f_back and _passes_on(frame):
            frame = frame.f_back
        return frame.f_code.co_filename.startswith(self.root + os.sep)


def _passes_on(frame: FrameType) -> bool:
    """Tell whether it is somebody else who asks: who called `warnings`, or made code of a text."""
    made = frame.f_code.co_filename.startswith("<")
    return made or frame.f_globals.get("__name__") in _PASSED_ON_BY


def open_filters(root: str, forward: Callable[..., None]) -> None:
    """Have each warning forwarded, whatever the submission below `root` does about it."""
    standard: Any = warnings
    show = standard._showwarnmsg

    def forward_and_show(message: Any) -> None:
        replaced = standard.showwarning is not forward
        if replaced and isinstance(standard.filters, OpenFilters):
            forward(message.message, message.category, message.filename, message.lineno)
        show(message)

    warnings.simplefilter("default")
    standard.filters = OpenFilters(standard.filters, root)
    standard.showwarning = forward
    standard._showwarnmsg = forward_and_show
