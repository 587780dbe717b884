"""Sessions of the user database, a stand-in: there are few, and whoever finds none free waits.

They report to the logger `kata.session`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel

POOL_SIZE = 2

logger = logging.getLogger("kata.session")

_free = asyncio.Semaphore(POOL_SIZE)


class User(BaseModel):
    """Somebody with an account."""

    id: int
    name: str


_USERS_BY_TOKEN = {  # for practice only, and public: real tokens are signed or stored as digests
    "asha-token": User(id=1, name="Asha Rao"),
    "ben-token": User(id=2, name="Ben Rao"),
    "carla-token": User(id=3, name="Carla Diaz"),
}


class Session:
    """A connection of the pool, for one unit of work."""

    async def find_user(self, token: str) -> User | None:
        """Look a user up by token, `None` if there is none."""
        return _USERS_BY_TOKEN.get(token)


@asynccontextmanager
async def open_session() -> AsyncIterator[Session]:
    """Take a session from the pool and give it back at the end of the block."""
    async with _free:
        logger.info("opened")
        try:
            yield Session()
        finally:
            logger.info("closed")


async def get_session() -> AsyncIterator[Session]:
    """Give a session to a request."""
    async with open_session() as session:
        yield session


CurrentSession = Annotated[Session, Depends(get_session)]
