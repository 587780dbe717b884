"""The one error that a workspace shows to people, and the words for what the system reported."""

import shutil


class WorkspaceError(Exception):
    """A sentence for the learner: what could not be done, and which command comes next."""


def explain(error: OSError) -> str:
    """Return the reason of a system error and the file it is about, in one line."""
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        # One entry for each file that failed (source, target, reason): the first one will do.
        source, _, reason = error.args[0][0]
        return f"'{source}': {reason}"
    reason = error.strerror or str(error)
    return f"'{error.filename}': {reason}" if error.filename else reason
