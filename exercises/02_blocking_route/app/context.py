"""The user of the current request, for code that is not handed the request; it checks no rights."""

from contextvars import ContextVar
from typing import Annotated

from fastapi import Header

current_user: ContextVar[str] = ContextVar("current_user", default="anonymous")


async def remember_user(x_user_id: Annotated[str, Header()] = "anonymous") -> None:
    """Keep the user named by the `X-User-Id` header for the rest of this request."""
    current_user.set(x_user_id)
