"""Units of work: each is a transaction that is committed at the end of its block."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from .database import open_session
from .models import Booking


@asynccontextmanager
async def unit_of_work(wanted: str | None = None) -> AsyncIterator[AsyncSession]:
    """Give the session of a transaction; 409 if it fails and the wanted seat is taken, else 503."""
    try:
        async with open_session.begin() as session:
            yield session
    except DBAPIError as error:
        if wanted is not None and await is_booked(wanted):
            raise HTTPException(409, f"Seat {wanted} is taken.") from error
        raise HTTPException(503, "The box office is closed.", {"Retry-After": "600"}) from error


async def is_booked(seat: str) -> bool:
    """Ask whether a seat is taken, with a session of its own."""
    async with open_session() as session:
        return await session.scalar(select(Booking.id).where(Booking.seat == seat)) is not None


async def find_booking(session: AsyncSession, seat: str) -> Booking:
    """Give the booking of a seat, or 404."""
    booking = await session.scalar(select(Booking).where(Booking.seat == seat))
    if booking is None:
        raise HTTPException(404, f"Seat {seat} is not booked.")
    return booking
