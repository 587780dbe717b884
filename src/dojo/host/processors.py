"""Processors: how many of them Python reports in a host, the same number on every machine.

Default pools of threads are sized by it, so a verdict would depend on where it is given. It changes
what is reported, not how many processors do the work.
"""

import os

PROCESSORS = 4
"""As on a small server: `asyncio.to_thread` has eight threads."""


def fix_processors() -> None:
    """Have Python report `PROCESSORS` wherever this platform lets it be asked."""
    answers = {
        "cpu_count": lambda: PROCESSORS,
        "process_cpu_count": lambda: PROCESSORS,  # from Python 3.13 on
        "sched_getaffinity": lambda _: set(range(PROCESSORS)),  # not on macOS
    }
    for name, answer in answers.items():
        if hasattr(os, name):
            setattr(os, name, answer)
