"""The menu: what nox takes for something else is answered with the call that was meant.

It runs before anything is installed, as `environment` does, and imports the standard library only.
"""

import shlex
from collections.abc import Iterable, Sequence
from itertools import takewhile

_SELECTING = ("-s", "--session", "--sessions")


def answer_misplaced(arguments: Sequence[str], sessions: Iterable[str]) -> str | None:
    """Answer a call like `nox -s check 01`, which nox takes for two sessions; None for others."""
    words = list(takewhile(lambda word: word != "--", arguments))
    start = next((at for at, word in enumerate(words, 1) if word in _SELECTING), len(words))
    named = list(takewhile(lambda word: not word.startswith("-"), words[start:]))
    known = set(sessions)
    strange = [word for word in named if _strip_version(word) not in known]
    if not strange or named[0] in strange:
        return None
    call = ["nox", "-s", named[0], "--", *strange, *arguments[len(words) + 1 :]]
    return f"nox has no session '{strange[0]}'. Write `--` before it: `{shlex.join(call)}`"


def _strip_version(session: str) -> str:
    """Give the name of a session without the Python that it runs with: `tests-3.12`."""
    return session.partition("-")[0]
