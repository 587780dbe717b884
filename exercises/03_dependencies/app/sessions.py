"""Sessions: where a request gets its database session from. It does not read or write rows."""

from collections.abc import Iterator

from .database import Session


def get_session() -> Iterator[Session]:
    """Give a request the one session it works with."""
    # TODO 1: routes and sub-dependencies get their session from here.
    raise NotImplementedError
