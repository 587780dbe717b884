"""Keeps the learner's work safe while the solution or the stub takes its place in `app/`."""

from .errors import WorkspaceError
from .saves import Save
from .workspace import Workspace

__all__ = ["Save", "Workspace", "WorkspaceError"]
