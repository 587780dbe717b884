"""The two ways into the club. What a sign-up may hold is not decided here."""

from collections.abc import Sequence
from typing import Any, cast

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from .members import AddressTaken, Member, Members, Refusal, Report
from .signup import SignUp

app = FastAPI(title="Running club")
members = Members()


@app.get("/members")
async def list_members() -> list[Member]:
    return members.list()


@app.post("/members", status_code=201)
async def sign_up(form: SignUp) -> Member:
    try:
        return members.add(form.name, form.email, form.age)
    except AddressTaken as error:
        raise HTTPException(409, str(error)) from error


@app.post("/members/import")
async def import_members(rows: list[dict[str, str]]) -> Report:
    """Take in the rows of a list that was typed from paper: each value in them is a text."""
    report = Report()
    for number, row in enumerate(rows):
        try:
            form = SignUp(**cast(dict[str, Any], row))
            report.added.append(members.add(form.name, form.email, form.age))
        except ValidationError as error:
            report.refused.append(Refusal(row=number, errors=shorten(error.errors())))
        except AddressTaken as error:
            taken = {"type": "taken", "loc": ["email"], "msg": str(error)}
            report.refused.append(Refusal(row=number, errors=[taken]))
    return report


@app.exception_handler(RequestValidationError)
async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    """Answer as FastAPI does, but without what was sent: passwords are among it."""
    return JSONResponse({"detail": shorten(error.errors())}, 422)


def shorten(errors: Sequence[Any]) -> list[dict[str, Any]]:
    return [{key: each[key] for key in ("type", "loc", "msg")} for each in errors]
