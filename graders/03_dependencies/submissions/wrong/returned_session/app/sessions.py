"""Sessions: where a request gets its database session from. It does not read or write rows."""

from typing import Annotated

from fastapi import Depends

from .database import Session


def get_session() -> Session:
    """Give a request the one session it works with."""
    return Session()


RequestSession = Annotated[Session, Depends(get_session)]
