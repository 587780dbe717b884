"""The routes of the instrument desk."""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Security

from . import loans, reports
from .access import User, get_current_user
from .loans import Loan, LoanDraft

app = FastAPI(title="Instrument desk")
app.include_router(reports.router)

CurrentUser = Annotated[User, Security(get_current_user)]
Reader = Annotated[User, Security(get_current_user, scopes=["loans:read"])]
Writer = Annotated[User, Security(get_current_user, scopes=["loans:read", "loans:write"])]
Admin = Annotated[User, Security(get_current_user, scopes=["loans:write", "admin"])]


@app.get("/me")
def read_me(user: CurrentUser) -> dict[str, str]:
    return {"name": user.name}


@app.get("/loans")
def list_loans(user: Reader) -> list[Loan]:
    return loans.list_loans()


@app.post("/loans", status_code=201)
def add_loan(user: Writer, draft: LoanDraft) -> Loan:
    return loans.add_loan(draft, user.name)


@app.delete("/loans/{loan_id}", status_code=204)
def remove_loan(user: Admin, loan_id: int) -> None:
    if not loans.remove_loan(loan_id):
        raise HTTPException(404, "There is no such loan.")
