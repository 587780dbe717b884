"""Time travel: time-machine, without the whole of pytest, which it would import beside itself.

Importing it takes its time, so only hosts whose clock may be moved do so.
"""

import sys

_pytest = sys.modules.pop("pytest", None)
sys.modules["pytest"] = None  # type: ignore[assignment]

from time_machine import travel  # noqa: E402

del sys.modules["pytest"]
if _pytest is not None:
    sys.modules["pytest"] = _pytest

__all__ = ["travel"]
