"""Invoices, written by a colleague. `ReadableOrder` is all that this file knows of access."""

from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel

from .access import ReadableOrder

router = APIRouter(prefix="/invoices")


class Invoice(BaseModel):
    """What a buyer has to pay."""

    order_id: int
    item: str
    total: Decimal


@router.get("/{order_id}")
def read_invoice(order: ReadableOrder) -> Invoice:
    return Invoice(order_id=order.id, item=order.item, total=order.total)
