"""The report of the bursar, by a colleague. It uses the dependency of `app/access.py`."""

from typing import Annotated

from fastapi import APIRouter, Security

from .access import User, get_current_user
from .loans import list_loans

router = APIRouter()


def get_auditor(user: Annotated[User, Security(get_current_user, scopes=["loans:read"])]) -> User:
    return user


@router.get("/reports")
def read_report(
    auditor: Annotated[User, Security(get_auditor, scopes=["reports:read"])],
) -> dict[str, str | int]:
    return {"for": auditor.name, "loans": len(list_loans())}
