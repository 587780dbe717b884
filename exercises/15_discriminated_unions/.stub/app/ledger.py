"""The ledger of the shop, in memory. It books whatever it is given, the same event twice too."""

from typing import Literal

from pydantic import BaseModel


class Entry(BaseModel):
    """A line of the ledger; its amount is in paise, and negative if money goes out."""

    number: int
    kind: Literal["card", "upi", "refund"]
    event: str
    amount: int
    note: str


class Ledger:
    """All entries, numbered from 1; each kind of event has a method of its own."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def list(self) -> list[Entry]:
        """List all entries, the first one first."""
        return self._entries

    def charge_card(self, event: str, amount: int, last4: str) -> Entry:
        """Book a payment by card; `last4` are the last digits of its number."""
        return self._add("card", event, amount, f"card that ends in {last4}")

    def collect_upi(self, event: str, amount: int, vpa: str) -> Entry:
        """Book a payment by UPI from the address `vpa`."""
        return self._add("upi", event, amount, f"from {vpa}")

    def pay_back(self, event: str, amount: int, payment: str, reason: str | None) -> Entry:
        """Book that a payment is paid back."""
        why = "no reason" if reason is None else reason
        return self._add("refund", event, -amount, f"{payment}: {why}")

    def _add(
        self, kind: Literal["card", "upi", "refund"], event: str, amount: int, note: str
    ) -> Entry:
        entry = Entry(
            number=len(self._entries) + 1, kind=kind, event=event, amount=amount, note=note
        )
        self._entries.append(entry)
        return entry
