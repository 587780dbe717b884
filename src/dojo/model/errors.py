"""Errors: what a caller did wrong, in a sentence that says what to do; and the exit codes."""

import shutil
from enum import IntEnum


class ExitCode(IntEnum):
    """What `dojo` tells its caller; never a grade."""

    PASSED = 0
    NOT_PASSED = 1
    USED_WRONGLY = 2
    GRADER_FAULT = 3
    INTERRUPTED = 130
    """As shells say it of a program that Ctrl-C has ended."""


class UsageError(Exception):
    """A call that cannot be carried out; the message says what to do instead.

    Everything that the person who calls `dojo` can mend is one of these.
    """


class WorkspaceError(UsageError):
    """A sentence for the learner: what could not be done, and which command comes next."""


def explain(error: OSError) -> str:
    """Return the reason of a system error and the file it is about, in one line."""
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        # One entry for each file that failed (source, target, reason): the first one will do.
        source, _, reason = error.args[0][0]
        return f"'{source}': {reason}"
    reason = error.strerror or str(error)
    return f"'{error.filename}': {reason}" if error.filename else reason
