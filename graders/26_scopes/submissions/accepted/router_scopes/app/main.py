"""The routes of the instrument desk, with their scopes in the decorators."""

from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Security

from . import loans, reports
from .access import User, get_current_user
from .loans import Loan, LoanDraft

app = FastAPI(title="Instrument desk")
app.include_router(reports.router)


def allow(*scopes: str) -> Any:
    return Security(get_current_user, scopes=scopes)


@app.get("/me")
def read_me(user: Annotated[User, Depends(get_current_user)]) -> dict[str, str]:
    return {"name": user.name}


@app.get("/loans", dependencies=[allow("loans:read")])
def list_loans() -> list[Loan]:
    return loans.list_loans()


@app.post("/loans", status_code=201)
def add_loan(user: Annotated[User, allow("loans:write", "loans:read")], draft: LoanDraft) -> Loan:
    return loans.add_loan(draft, user.name)


@app.delete("/loans/{loan_id}", status_code=204, dependencies=[allow("admin", "loans:write")])
def remove_loan(loan_id: int) -> None:
    if not loans.remove_loan(loan_id):
        raise HTTPException(404, "There is no such loan.")
