"""The bank, which takes the money of the groups."""

from typing import Annotated, Protocol

from fastapi import Depends


class BankDown(Exception):
    """The bank does not answer."""


class Bank(Protocol):
    async def charge(self, amount: int) -> None: ...

    async def refund(self, amount: int) -> None: ...


class RealBank:
    """A stand-in: from here there is no way to the real bank."""

    async def charge(self, amount: int) -> None:
        raise BankDown

    async def refund(self, amount: int) -> None:
        raise BankDown


async def get_bank() -> Bank:
    return RealBank()


CurrentBank = Annotated[Bank, Depends(get_bank)]
