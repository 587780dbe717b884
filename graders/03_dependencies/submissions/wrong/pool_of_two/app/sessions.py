"""Sessions: where a request gets its database session from. It does not read or write rows."""

from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import Depends

from .database import Session

_pool = BoundedSemaphore(2)


def get_session() -> Iterator[Session]:
    """Give a request the one session it works with, and close it when the request is over."""
    with _pool:
        session = Session()
        try:
            yield session
        except Exception:
            session.rollback()
            raise
        finally:
            session.close()


RequestSession = Annotated[Session, Depends(get_session)]
