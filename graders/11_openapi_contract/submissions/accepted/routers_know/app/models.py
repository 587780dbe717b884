"""What is sent to the house, and what it answers."""

from datetime import date

from pydantic import BaseModel, Field


class Whole(BaseModel, json_schema_serialization_defaults_required=True):
    """In an answer, all fields are there."""


class Room(Whole):
    code: str = Field(pattern="^[A-Z][0-9]$")
    seats: int = Field(8, ge=1, le=200)
    equipment: list[str] = []


class NewBooking(Whole):
    room: str
    day: date
    note: str = Field("", max_length=80)


class Booking(NewBooking):
    number: int
    confirmed: bool = False
