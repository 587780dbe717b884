"""Sessions: where a request gets its database session from. It does not read or write rows."""

from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import Depends

from .database import Session


class SessionProvider:
    """A dependency that opens sessions with a given factory."""

    def __init__(self, open_session: Callable[[], Session]) -> None:
        self._open_session = open_session

    def __call__(self) -> Iterator[Session]:
        """Give a request the one session it works with, and close it when the request is over."""
        session = self._open_session()
        try:
            yield session
        except Exception:
            session.rollback()
            raise
        finally:
            session.close()


RequestSession = Annotated[Session, Depends(SessionProvider(Session))]
