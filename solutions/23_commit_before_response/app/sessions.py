"""Sessions: where a request gets its database session from, and when its work is committed."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, HTTPException
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from .database import open_session


async def get_session() -> AsyncIterator[AsyncSession]:
    """Give a request its session; commit what it has written, or roll it back if it fails."""
    try:
        async with open_session.begin() as session:
            yield session
    except IntegrityError as error:
        if is_taken(error):
            raise HTTPException(409, "This seat is taken.") from error
        raise


def is_taken(error: IntegrityError) -> bool:
    """Tell whether the seat is to blame: foreign keys and triggers raise this exception too."""
    return "bookings.seat" in str(error.orig)


# The commit comes when the route has returned and before the answer starts, so it can still fail.
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


async def get_reader() -> AsyncIterator[AsyncSession]:
    """Give a session that stays open until the last byte is sent; it commits nothing."""
    async with open_session() as session:
        yield session


Reader = Annotated[AsyncSession, Depends(get_reader)]
