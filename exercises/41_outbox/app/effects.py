"""Effects: what is left when the process is gone. Each is reported to the logger `kata.effects`.

With `CRASH_AFTER=3` in its environment the process ends right after its third effect, as after a
SIGKILL: neither `except` nor `finally` runs.
"""

import itertools
import logging
import os

logger = logging.getLogger("kata.effects")
_numbers = itertools.count(1)


def note_effect(what: str) -> None:
    """Count an effect that has just happened, and end the process if it is the one to end after."""
    number = next(_numbers)
    logger.info(what, extra={"number": number})
    if os.environ.get("CRASH_AFTER") == str(number):
        os._exit(137)
