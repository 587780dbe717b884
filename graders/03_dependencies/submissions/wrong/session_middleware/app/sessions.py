"""Sessions: where a request gets its database session from. It does not read or write rows."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Response

from .database import Session


async def provide_session(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Open a session for the request, and close it when the response is there."""
    request.state.session = session = Session()
    try:
        return await call_next(request)
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()


def get_session(request: Request) -> Session:
    """Give a request the session that the middleware opened."""
    session: Session = request.state.session
    return session


RequestSession = Annotated[Session, Depends(get_session)]
