"""Sessions: where a request gets its database session from."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from .database import open_session


async def get_session() -> AsyncIterator[AsyncSession]:
    """Give a request its session, and commit what it has written."""
    async with open_session() as session:  # at its end, what is not committed is rolled back
        yield session
        # TODO 1: what does the client know when this line is reached?
        await session.commit()


Session = Annotated[AsyncSession, Depends(get_session)]
