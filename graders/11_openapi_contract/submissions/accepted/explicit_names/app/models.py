"""What is sent to the house, and what it answers: two classes, so that neither is a compromise."""

from datetime import date

from pydantic import BaseModel, Field


class Room(BaseModel):
    code: str
    seats: int
    equipment: list[str]


class NewRoom(BaseModel):
    code: str = Field(pattern="^[A-Z][0-9]$", examples=["C1"])
    seats: int = Field(default=8, ge=1, le=200, examples=[20])
    equipment: list[str] = Field(default=[])

    model_config = {"json_schema_extra": {"examples": [{"code": "C1"}, {"code": "C2", "seats": 3}]}}


class NewBooking(BaseModel):
    room: str
    day: date
    note: str = Field(default="", max_length=80)

    model_config = {"json_schema_extra": {"example": {"room": "A2", "day": "2027-01-01"}}}


class Booking(BaseModel):
    room: str
    day: date
    note: str
    number: int
    confirmed: bool
