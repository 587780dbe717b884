"""Who asks: the key of the office, and the member who is logged in."""

import logging
import secrets
from typing import Annotated

from fastapi import Depends, Header, HTTPException
from fastapi.security import APIKeyHeader

from .store import Member, find_member

KEY = b"demo-key"
logger = logging.getLogger("kata.security")


async def require_key(
    key: Annotated[str | None, Depends(APIKeyHeader(name="X-API-Key", auto_error=False))],
) -> None:
    """Refuse who sends no key with 401, and who sends another one with 403."""
    if not key:
        raise HTTPException(401, "The key is missing.")
    if not secrets.compare_digest(key.encode(), KEY):
        raise HTTPException(403, "The key is wrong.")


async def read_program(user_agent: Annotated[str, Header()] = "") -> str:
    """Give the name of the program that asks, for the log of the office."""
    return user_agent.partition("/")[0]


async def require_office(
    program: Annotated[str, Depends(read_program)], _: Annotated[None, Depends(require_key)]
) -> None:
    """Let nobody pass but the office."""
    logger.debug("asked by %r", program)


async def read_current_member(x_member: Annotated[int, Header()]) -> Member:
    """Give the member whose number the header `X-Member` holds."""
    member = find_member(x_member)
    if member is None:
        raise HTTPException(404, f"Member {x_member} does not exist.")
    return member


CurrentMember = Annotated[Member, Depends(read_current_member)]
