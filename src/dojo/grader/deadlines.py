"""Deadlines that hold while the grader itself computes, when nothing asynchronous can run."""

import contextlib
import signal
import threading
from collections.abc import Iterator

from ..harness.failures import SubmissionError

_REPEAT_SECONDS = 0.5
"""How soon it is raised again: an event loop or a parser may swallow the first."""


@contextlib.contextmanager
def limit_processor_time(seconds: float) -> Iterator[None]:
    """Raise `SubmissionError` in the body once this process has used so much of the processor.

    Only processor time counts, so that a busy machine changes nothing. Signals reach the main
    thread alone: in another one there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    message = f"The grader took more than {seconds:g} seconds to read what the app sent."
    is_over = False

    def give_up(*_: object) -> None:
        nonlocal is_over
        is_over = True
        raise SubmissionError("limit", message)

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds, _REPEAT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        if is_over:  # whatever caught it, and whatever came of that
            raise SubmissionError("limit", message)
