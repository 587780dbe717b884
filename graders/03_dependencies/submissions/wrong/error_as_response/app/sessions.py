"""Sessions: where a request gets its database session from. It does not read or write rows."""

from collections.abc import Generator
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.responses import JSONResponse

from .database import Session


def get_session() -> Generator[Session, None, JSONResponse | None]:
    """Give a request the one session it works with, and close it when the request is over."""
    session = Session()
    try:
        yield session
    except HTTPException as error:
        session.rollback()
        return JSONResponse({"detail": error.detail}, error.status_code)
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()
    return None


RequestSession = Annotated[Session, Depends(get_session)]
