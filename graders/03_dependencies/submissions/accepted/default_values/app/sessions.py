"""Sessions: where a request gets its database session from. It does not read or write rows."""

from collections.abc import Iterator

from .database import Session


def get_session() -> Iterator[Session]:
    """Give a request the one session it works with, and close it when the request is over."""
    session = Session()
    try:
        yield session
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()
