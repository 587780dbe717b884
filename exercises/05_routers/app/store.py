"""The members: a few rows in memory. What is done to them is told to the logger `kata.store`."""

import logging

from pydantic import BaseModel

logger = logging.getLogger("kata.store")


class Member(BaseModel):
    """A member of the club."""

    id: int
    name: str


_names = {1: "Asha Rao", 2: "Zoë Lind", 3: "Ben Okoro", 42: "आदित्य", 43: "Ana Cruz"}
_members = {number: Member(id=number, name=name) for number, name in _names.items()}


def list_members() -> list[Member]:
    """Give all members in the order of their numbers."""
    logger.info("listed")
    return list(_members.values())


def find_member(member_id: int) -> Member | None:
    """Give the member with this number, `None` if there is none."""
    logger.info("read")
    return _members.get(member_id)


def remove_member(member_id: int) -> Member | None:
    """Remove a member and give them back, `None` if nobody has this number."""
    logger.info("removed")
    return _members.pop(member_id, None)
