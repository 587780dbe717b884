"""Sessions: where a request gets its database session from. It does not read or write rows."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends

from .database import Session

shared_session = Session()


def get_session() -> Iterator[Session]:
    """Give a request the one session it works with, and roll back what fails."""
    try:
        yield shared_session
    except Exception:
        shared_session.rollback()
        raise


RequestSession = Annotated[Session, Depends(get_session)]
