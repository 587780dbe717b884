"""Members: who they are, and how a request says which one it comes from."""

import hashlib
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from .database import Session
from .mail import CurrentMailer

router = APIRouter(prefix="/members")


class NewMember(BaseModel):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")


class Member(BaseModel):
    id: int
    email: str


class Registration(Member):
    token: str


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def get_member(
    bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())], session: Session
) -> dict[str, Any]:
    """Give the row of the member whose token the request carries."""
    row = session.execute(
        "SELECT * FROM people WHERE secret = ?", (digest(bearer.credentials),)
    ).fetchone()
    if row is None:
        raise HTTPException(401, "Unknown token", {"WWW-Authenticate": "Bearer"})
    return dict(row)


CurrentMember = Annotated[dict[str, Any], Depends(get_member)]


@router.post("", status_code=201)
def register(
    new: NewMember, session: Session, mailer: CurrentMailer, background: BackgroundTasks
) -> Registration:
    token = secrets.token_urlsafe()
    added = session.execute(
        "INSERT INTO people (email, secret) VALUES (?, ?)", (new.email, digest(token))
    )
    background.add_task(mailer.send, new.email, "Welcome to the shop")
    return Registration(id=added.lastrowid or 0, email=new.email, token=token)


@router.get("/me", response_model=Member)
def read_me(member: CurrentMember) -> dict[str, Any]:
    return member
