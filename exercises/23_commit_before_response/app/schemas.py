"""Schemas: the shapes of bodies and answers."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seat = Annotated[str, Field(pattern=r"^[A-Z][1-9][0-9]?$")]


class SeatBooking(BaseModel):
    """Who has which seat."""

    model_config = ConfigDict(from_attributes=True)

    seat: Seat
    guest: str = Field(min_length=1, max_length=80)


class Move(BaseModel):
    """The seat that somebody wants instead of theirs."""

    seat: Seat
