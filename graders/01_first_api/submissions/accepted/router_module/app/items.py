"""The routes under `/items`. Nothing is stored yet."""

from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel, Field

router = APIRouter(prefix="/items", tags=["items"])


class ItemDraft(BaseModel):
    name: str
    price: Decimal = Field(ge=0)
    in_stock: bool = True


class Item(BaseModel):
    name: str
    price: Decimal
    in_stock: bool


@router.post("", status_code=201, response_model=Item)
def create_item(draft: ItemDraft) -> ItemDraft:
    return draft
