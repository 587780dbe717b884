"""The members. The fixed path stands in front of the one that takes anything."""

from fastapi import APIRouter, HTTPException

from .security import CurrentMember
from .store import Member, find_member, list_members

router = APIRouter(prefix="/members", tags=["members"])


@router.get("/me")
async def read_current(member: CurrentMember) -> Member:
    return member


@router.get("/{member_id}")
async def read_one(member_id: int) -> Member:
    member = find_member(member_id)
    if member is None:
        raise HTTPException(404, f"Member {member_id} does not exist.")
    return member


def read_all() -> list[Member]:
    return list_members()


router.add_api_route("", read_all, methods=["GET"])
router.add_api_route("/", read_all, methods=["GET"], include_in_schema=False)
