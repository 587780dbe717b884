"""What is sent to the house, and what it answers."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def describe(**example: Any) -> ConfigDict:
    """Show an example, and say that an answer holds the fields with a default as well."""
    return ConfigDict(
        json_schema_extra={"examples": [example]},
        json_schema_serialization_defaults_required=True,
    )


class Room(BaseModel):
    model_config = describe(code="B2", seats=12, equipment=["piano"])

    code: str = Field(pattern="^[A-Z][0-9]$")
    seats: int = Field(default=8, ge=1, le=200)
    equipment: list[str] = Field(default=[], examples=[["piano"]])


class NewBooking(BaseModel):
    model_config = describe(room="A1", day="2026-12-24", note="A cake is coming.")

    room: str = Field(examples=["A1"])
    day: date = Field(examples=["2026-12-24"])
    note: str = Field(default="", max_length=80)


class Booking(NewBooking):
    model_config = describe(room="A1", day="2026-12-24", note="", number=1, confirmed=True)

    number: int
    confirmed: bool = False
