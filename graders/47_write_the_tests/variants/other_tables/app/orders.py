"""Orders: what members buy. What the tables do not allow is refused as a whole."""

from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from .database import Session
from .members import CurrentMember

router = APIRouter(prefix="/orders")


class Line(BaseModel):
    item_id: int
    quantity: int = Field(ge=1, le=1000)


class NewOrder(BaseModel):
    lines: list[Line] = Field(min_length=1)


class Order(BaseModel):
    id: int
    total: Decimal


@router.post("", status_code=201)
def place_order(new: NewOrder, session: Session, member: CurrentMember) -> Order:
    added = session.execute("INSERT INTO purchases (member_id) VALUES (?)", (member["id"],))
    for line in new.lines:
        session.execute(
            "UPDATE goods SET stock = stock - ? WHERE id = ?", (line.quantity, line.item_id)
        )
        session.execute(
            "INSERT INTO purchase_lines (order_id, item_id, quantity) VALUES (?, ?, ?)",
            (added.lastrowid, line.item_id, line.quantity),
        )
    rows = session.execute(
        "SELECT price, quantity FROM purchase_lines JOIN goods ON id = item_id WHERE order_id = ?",
        (added.lastrowid,),
    )
    total = sum((Decimal(price) * quantity for price, quantity in rows), Decimal("0.00"))
    return Order(id=added.lastrowid or 0, total=total)
