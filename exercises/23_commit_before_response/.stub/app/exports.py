"""Exports: bookings as lines of JSON, read while they are sent."""

from collections.abc import AsyncIterator

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Booking
from .schemas import SeatBooking


async def write_lines(session: AsyncSession) -> AsyncIterator[str]:
    """Read fifty bookings at a time, in the order of their seats, and write a line for each."""
    query = select(Booking).order_by(Booking.seat)
    async for booking in await session.stream_scalars(query, execution_options={"yield_per": 50}):
        yield SeatBooking.model_validate(booking).model_dump_json() + "\n"
