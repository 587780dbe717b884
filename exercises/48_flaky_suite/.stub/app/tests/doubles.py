"""Banks for tests: one that takes notes, and one that never answers."""

from ..bank import BankDown


class NotedBank:
    def __init__(self) -> None:
        self.charged: list[int] = []
        self.refunded: list[int] = []

    async def charge(self, amount: int) -> None:
        self.charged.append(amount)

    async def refund(self, amount: int) -> None:
        self.refunded.append(amount)


class SilentBank:
    async def charge(self, amount: int) -> None:
        raise BankDown

    async def refund(self, amount: int) -> None:
        raise BankDown
