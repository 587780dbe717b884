"""The members, kept in memory. They trust whatever they are given, but for taken addresses."""

from typing import Any

from pydantic import BaseModel


class Member(BaseModel):
    """A member of the club, as others see it."""

    id: int
    name: str
    email: str
    age: int


class Refusal(BaseModel):
    """A row of a list that was not taken in, and each error in it."""

    row: int
    errors: list[dict[str, Any]]


class Report(BaseModel):
    """What became of the rows of a list."""

    added: list[Member] = []
    refused: list[Refusal] = []


class AddressTaken(Exception):
    """Somebody has this address already, in capital letters or small ones."""


class Members:
    """All members, numbered from 1."""

    def __init__(self) -> None:
        self._members: list[Member] = []

    def list(self) -> list[Member]:
        """List all members, the first one first."""
        return self._members

    def add(self, name: str, email: str, age: int) -> Member:
        """Add a member; `AddressTaken` if another one has the address."""
        if any(each.email.lower() == email.lower() for each in self._members):
            raise AddressTaken(f"'{email}' is a member already.")
        member = Member(id=len(self._members) + 1, name=name, email=email, age=age)
        self._members.append(member)
        return member
