"""Tickets: they are sent for bookings that the database has. Each is reported to `kata.tickets`."""

import logging

from sqlalchemy import select

from .database import open_session
from .models import Booking

logger = logging.getLogger("kata.tickets")


async def send_ticket(seat: str) -> None:
    """Read a booking in a session of its own, and send the ticket if there is one."""
    async with open_session() as session:
        guest = await session.scalar(select(Booking.guest).where(Booking.seat == seat))
    if guest is None:
        logger.error("not booked", extra={"seat": seat})
    else:
        logger.info("sent", extra={"seat": seat, "guest": guest})
