"""Schemas: the shapes of bodies and answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, EmailStr, Field

from .database import Member

State = Literal["waiting", "sent", "given up"]
"""What has become of a welcome mail."""


class SignUp(BaseModel):
    """Somebody who wants to become a member."""

    email: EmailStr
    name: Annotated[str, Field(min_length=1, max_length=80)]


class MemberCard(BaseModel):
    """A member, as the site shows them."""

    id: int
    email: str
    name: str
    welcome: State


def show(member: Member, state: State) -> MemberCard:
    """Show a member, and what has become of the mail."""
    return MemberCard(id=member.id, email=member.email, name=member.name, welcome=state)
