"""The dashboard: who a member is, what they have ordered, and what is on offer for them."""

from fastapi import APIRouter
from pydantic import BaseModel

from .backends import Offer, Order, Profile, fetch_offers, fetch_orders, fetch_profile

router = APIRouter()


class Dashboard(BaseModel):
    profile: Profile
    orders: list[Order] | None
    offers: list[Offer] | None
    warnings: list[str]


@router.get("/dashboards/{member_id}")
async def read_dashboard(member_id: int) -> Dashboard:
    # TODO 1: ask all three at the same time.
    # TODO 2: the page without orders, or without offers.
    # TODO 3: no page without a profile.
    # TODO 4: no more than `MOST_CALLS` calls at a time.
    profile = await fetch_profile(member_id)
    orders = await fetch_orders(member_id)
    offers = await fetch_offers(member_id)
    return Dashboard(profile=profile, orders=orders, offers=offers, warnings=[])
