"""Instruments that are lent, in memory."""

import logging

from pydantic import BaseModel, Field

logger = logging.getLogger("kata.loans")


class LoanDraft(BaseModel):
    instrument: str = Field(min_length=1)


class Loan(LoanDraft):
    id: int
    lent_by: str


_loans: dict[int, Loan] = {1: Loan(id=1, instrument="Cello", lent_by="Clara")}


def list_loans() -> list[Loan]:
    """List all loans, the oldest first."""
    logger.info("list")
    return list(_loans.values())


def add_loan(draft: LoanDraft, lent_by: str) -> Loan:
    """Add a loan under the next number."""
    logger.info("add")
    loan = Loan(id=max(_loans, default=0) + 1, instrument=draft.instrument, lent_by=lent_by)
    _loans[loan.id] = loan
    return loan


def remove_loan(loan_id: int) -> bool:
    """Remove a loan; tell whether there was one."""
    logger.info("remove")
    return _loans.pop(loan_id, None) is not None
