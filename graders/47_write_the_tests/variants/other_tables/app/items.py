"""Items: what the shop has on its shelves."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel, Field

from .database import Session
from .members import get_member

router = APIRouter(prefix="/items")


class NewItem(BaseModel):
    name: str = Field(min_length=1)
    price: Decimal = Field(ge=0, decimal_places=2, max_digits=8)
    stock: int = Field(ge=0, le=1_000_000)


class Item(NewItem):
    id: int


@router.post("", status_code=201, dependencies=[Depends(get_member)])
def add_item(new: NewItem, session: Session) -> Item:
    added = session.execute(
        "INSERT INTO goods (name, price, stock) VALUES (?, ?, ?)",
        (new.name, str(new.price), new.stock),
    )
    return Item(id=added.lastrowid or 0, **new.model_dump())


@router.get("")
def list_items(
    session: Session,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> list[Item]:
    rows = session.execute("SELECT * FROM goods ORDER BY id LIMIT ? OFFSET ?", (limit, offset))
    return [Item(**row) for row in rows]


@router.get("/{item_id}")
def read_item(item_id: int, session: Session) -> Item:
    row = session.execute("SELECT * FROM goods WHERE id = ?", (item_id,)).fetchone()
    if row is None:
        raise HTTPException(404, "No such item")
    return Item(**row)


@router.delete("/{item_id}", status_code=204, dependencies=[Depends(get_member)])
def remove_item(item_id: int, session: Session) -> None:
    if session.execute("DELETE FROM goods WHERE id = ?", (item_id,)).rowcount == 0:
        raise HTTPException(404, "No such item")
