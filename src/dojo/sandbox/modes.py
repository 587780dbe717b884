"""Modes: the degrees of isolation, from the strictest to what every machine has."""

from enum import StrEnum


class Mode(StrEnum):
    """How a submission is isolated; a report says which of them was really used."""

    FULL = "full"
    NO_BWRAP = "no-bwrap"
    BASIC = "basic"

    @property
    def is_for_strangers(self) -> bool:
        """Tell whether code that nobody vouches for may run in it."""
        return self is not Mode.BASIC
