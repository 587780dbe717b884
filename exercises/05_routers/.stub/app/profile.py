"""The member who is logged in."""

from fastapi import APIRouter

from .security import CurrentMember
from .store import Member

router = APIRouter(prefix="/api/v1/members")


@router.get("/me")
async def read_one(member: CurrentMember) -> Member:
    return member
