"""What is sent to the house, and what it answers."""

from datetime import date

from pydantic import BaseModel, Field


class NewRoom(BaseModel):
    code: str = Field(pattern="^[A-Z][0-9]$")
    seats: int = Field(default=8, ge=1, le=200)
    equipment: list[str] = Field(default=[])


class Room(NewRoom):
    pass


class NewBooking(BaseModel):
    room: str
    day: date
    note: str = Field(default="", max_length=80)


class Booking(NewBooking):
    number: int
    confirmed: bool = False
