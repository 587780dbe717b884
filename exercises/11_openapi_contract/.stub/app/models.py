"""What is sent to the house, and what it answers."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


# TODO 3: say what is always there, and show what can be sent.
class Room(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "b-2", "seats": "many"}]})

    code: str = Field(pattern="^[A-Z][0-9]$")
    seats: int = Field(default=8, ge=1, le=200)
    equipment: list[str] = Field(default=[], examples=["piano"])


class NewBooking(BaseModel):
    room: str = Field(examples=["A1"])
    day: date = Field(examples=["24.12.2026"])
    note: str = Field(default="", max_length=80)


class Booking(NewBooking):
    number: int
    confirmed: bool = False
