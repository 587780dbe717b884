"""Sessions: where a request gets its database session from. It does not read or write rows."""

from functools import lru_cache
from typing import Annotated

from fastapi import Depends

from .database import Session


@lru_cache
def get_session() -> Session:
    """Give the session of this process."""
    return Session()


RequestSession = Annotated[Session, Depends(get_session)]
