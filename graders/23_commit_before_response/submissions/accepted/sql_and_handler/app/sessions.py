"""Connections: routes write SQL over one that is committed before the answer starts."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from .database import engine


async def get_connection() -> AsyncIterator[AsyncConnection]:
    """Give a connection with a transaction."""
    async with engine.begin() as connection:
        yield connection


Connection = Annotated[AsyncConnection, Depends(get_connection, scope="function")]


async def answer_conflict(_: Request, error: Exception) -> JSONResponse:
    """Answer 409 for a seat that is taken, and 503 for all else that the database refuses."""
    assert isinstance(error, IntegrityError)
    taken = str(error.orig).startswith("UNIQUE constraint failed")
    words = "This seat is taken." if taken else "No bookings are possible now."
    return JSONResponse({"detail": words}, 409 if taken else 503)
