"""Sessions: where a request gets its database session from. It does not read or write rows."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends

from .database import Session

open_session: Session | None = None


def get_session() -> Iterator[Session]:
    """Give a request the one session it works with, and close it when the request is over."""
    global open_session
    if open_session is None:
        open_session = Session()
    session = open_session
    try:
        yield session
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()
        open_session = None


RequestSession = Annotated[Session, Depends(get_session)]
