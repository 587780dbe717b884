"""Labels for pots, as routes of their own."""

from fastapi import APIRouter
from pydantic import BaseModel

from .dependencies import CurrentUser, FoundPlant, PricesDep

router = APIRouter(prefix="/labels")


class Label(BaseModel):
    """What is printed."""

    text: str
    printed_by: str


@router.get("/{plant_id}")
def print_label(plant: FoundPlant, prices: PricesDep, user: CurrentUser) -> Label:
    shown = prices.show(plant)
    return Label(text=f"{shown.name}, {shown.price} {shown.currency}", printed_by=user.name)
