"""The catalogue of stars: an in-memory stand-in for a database. Each look-up is a query."""

from pydantic import BaseModel

from .telemetry import count_query


class Star(BaseModel):
    """A star, and how far it seems to move in half a year."""

    id: int
    parallax: int


_stars = {number: Star(id=number, parallax=abs(number - 13)) for number in range(1, 501)}


def find_star(star_id: int) -> Star | None:
    """Look a star up by number, `None` if there is none."""
    count_query()
    return _stars.get(star_id)
