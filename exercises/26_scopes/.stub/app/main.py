"""The routes of the instrument desk."""

from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException

from . import loans, reports
from .access import User, get_current_user, require
from .loans import Loan, LoanDraft

app = FastAPI(title="Instrument desk")
app.include_router(reports.router)

CurrentUser = Annotated[User, Depends(get_current_user)]


@app.get("/me")
def read_me(user: CurrentUser) -> dict[str, str]:
    return {"name": user.name}


@app.get("/loans")
def list_loans(user: CurrentUser) -> list[Loan]:
    require(user, "loans:read")
    return loans.list_loans()


@app.post("/loans", status_code=201)
def add_loan(user: CurrentUser, draft: LoanDraft) -> Loan:
    require(user, "loans:write")
    return loans.add_loan(draft, user.name)


@app.delete("/loans/{loan_id}", status_code=204)
def remove_loan(user: CurrentUser, loan_id: int) -> None:
    if not loans.remove_loan(loan_id):
        raise HTTPException(404, "There is no such loan.")
    require(user, "admin")
