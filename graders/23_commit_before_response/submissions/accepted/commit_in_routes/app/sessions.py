"""Sessions: where a request gets its database session from. It ends after the last byte."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, HTTPException
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from .database import open_session


async def get_session() -> AsyncIterator[AsyncSession]:
    """Give a request its session; what is not committed by a route is rolled back."""
    async with open_session() as session:
        yield session


async def save(session: AsyncSession) -> None:
    """Commit what a route has written; 409 if the seat is taken."""
    try:
        await session.commit()
    except IntegrityError as error:
        if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_CONSTRAINT_UNIQUE":
            raise
        raise HTTPException(409, "Somebody was faster.") from error


Session = Annotated[AsyncSession, Depends(get_session)]
