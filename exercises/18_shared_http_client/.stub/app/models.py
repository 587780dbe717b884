"""Models: what we are asked for, and what the carrier knows."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

Name = Annotated[str, Query(min_length=1, max_length=60)]
"""The number of a parcel or the code of a depot, any characters: `2031/17`, `Ulm?`."""


class Parcel(BaseModel):
    """A parcel that somebody waits for."""

    number: str
    status: str
    depot: str


class Depot(BaseModel):
    """A place where parcels are kept."""

    code: str
    city: str
    phone: str
