"""The database: an in-memory stand-in. It reports to the logger `kata.session`."""

import itertools
import logging
from decimal import Decimal

from .models import Plant, User

logger = logging.getLogger("kata.session")

_USERS = {"asha-token": User(name="Asha"), "ben-token": User(name="Ben")}
_NAMES = ("Basil", "Mint", "Sage", "Thyme", "Dill")
_PLANTS = {
    number: Plant(id=number, name=_NAMES[number % 5], price=Decimal("2.45") + number % 5)
    for number in range(1, 49)
}
_numbers = itertools.count(1)
_session_numbers = itertools.count(1)


def draw_number() -> int:
    """Give the next number for a request or an entry; none is given twice."""
    return next(_numbers)


class Session:
    """One conversation with the database. After `close()`, everything else raises."""

    def __init__(self) -> None:
        self._number = next(_session_numbers)
        self._closed = False
        self._report("opened")

    def find_user(self, token: str) -> User | None:
        """Look up whose token this is, `None` if it is nobody's."""
        self._use("user read")
        return _USERS.get(token)

    def get_plant(self, plant_id: int) -> Plant | None:
        """Read a plant, `None` if there is none."""
        self._use("plant read")
        return _PLANTS.get(plant_id)

    def list_plants(self, offset: int, limit: int) -> list[Plant]:
        """Read at most `limit` plants after the first `offset`."""
        self._use("plants read")
        return list(_PLANTS.values())[offset:][:limit]

    def count_plants(self) -> int:
        """Count all plants."""
        self._use("plants counted")
        return len(_PLANTS)

    def add_entry(self, number: int, plant_id: int, place: str, pieces: int) -> None:
        """Write that pots came to a place, or left it if `pieces` is below zero."""
        self._use("entry added", entry=number, plant=plant_id, place=place, pieces=pieces)

    def close(self) -> None:
        """Give the connection back."""
        self._closed = True
        self._report("closed")

    def _use(self, action: str, **fields: int | str) -> None:
        if self._closed:
            raise RuntimeError(f"Session {self._number} is closed.")
        self._report(action, **fields)

    def _report(self, action: str, **fields: int | str) -> None:
        logger.info(action, extra={"session": self._number, **fields})
