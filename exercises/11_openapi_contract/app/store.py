"""Rooms and bookings, kept in memory. What cannot be done is refused here, with its status."""

from typing import Annotated, Any

from fastapi import Depends, HTTPException, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel

KEY = "demo-key"

Record = dict[str, Any]


class Problem(BaseModel):
    """The body of each 401, 404 and 409."""

    detail: str


async def check_key(
    key: Annotated[str | None, Security(APIKeyHeader(name="X-Key", auto_error=False))],
) -> None:
    """Let in who has the key of the house; 401 for anybody else."""
    if key != KEY:
        raise HTTPException(401, "Send the key of the house in the header 'X-Key'.")


STAFF = [Depends(check_key)]
"""The dependencies of a route that is for the staff."""


class Store:
    """The house has the rooms A1 and A2 from the start."""

    def __init__(self) -> None:
        self._rooms: dict[str, Record] = {}
        self._bookings: list[Record] = []
        for code in ("A1", "A2"):
            self.add_room({"code": code, "seats": 8, "equipment": []})

    def list_rooms(self) -> list[Record]:
        """List all rooms, the first one first."""
        return list(self._rooms.values())

    def find_room(self, code: str) -> Record:
        """Find a room; 404 if there is none."""
        if code not in self._rooms:
            raise HTTPException(404, f"Room '{code}' does not exist.")
        return self._rooms[code]

    def add_room(self, room: Record) -> Record:
        """Add a room; 409 if its code is taken."""
        if room["code"] in self._rooms:
            raise HTTPException(409, f"Room '{room['code']}' exists already.")
        self._rooms[room["code"]] = room
        return room

    def list_bookings(self) -> list[Record]:
        """List all bookings, the first one first."""
        return self._bookings

    def book(self, booking: Record) -> Record:
        """Book a room for a day; 404 if there is no such room, 409 if somebody has it."""
        self.find_room(booking["room"])
        if any(
            all(each[key] == booking[key] for key in ("room", "day")) for each in self._bookings
        ):
            raise HTTPException(409, f"Room '{booking['room']}' is booked on {booking['day']}.")
        self._bookings.append(booking | {"number": len(self._bookings) + 1, "confirmed": False})
        return self._bookings[-1]

    def confirm(self, number: int) -> Record:
        """Confirm a booking, also a second time; 404 if there is none."""
        if not 1 <= number <= len(self._bookings):
            raise HTTPException(404, f"Booking {number} does not exist.")
        self._bookings[number - 1]["confirmed"] = True
        return self._bookings[number - 1]


store = Store()
