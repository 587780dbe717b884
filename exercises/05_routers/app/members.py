"""The members, as everybody may see them."""

from fastapi import APIRouter, HTTPException

from .store import Member, find_member, list_members

router = APIRouter(prefix="/api/v1/members")


@router.get("/")
async def read_all() -> list[Member]:
    return list_members()


@router.get("/{member_id}")
async def read_one(member_id: int) -> Member:
    member = find_member(member_id)
    if member is None:
        raise HTTPException(404, f"Member {member_id} does not exist.")
    return member
