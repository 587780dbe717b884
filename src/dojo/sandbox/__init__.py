"""The sandbox: how strictly a submission is kept apart from the machine that grades it."""

from .modes import Mode
from .trust import NoMode, choose_mode

__all__ = ["Mode", "NoMode", "choose_mode"]
