"""Models: the tables of the archive."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Integer, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class ReportedId(TypeDecorator[int]):
    """A number that SQLite reports for each row that it hands out: see `database`."""

    impl = Integer
    cache_ok = True

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Select the number by way of the function that reports it."""
        return func.report_read(column, type_=self)


class Base(DeclarativeBase):
    """The base of all tables."""


class Shop(Base):
    """A shop; it may have no orders."""

    __tablename__ = "shops"

    name: Mapped[str] = mapped_column(primary_key=True)


class Order(Base):
    """An order. `margin` is what the shop earned on it, in cents."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(ReportedId, primary_key=True)
    shop: Mapped[str] = mapped_column(ForeignKey("shops.name"), index=True)
    customer: Mapped[str]
    note: Mapped[str | None]
    cents: Mapped[int]
    placed_on: Mapped[date]
    margin: Mapped[int] = mapped_column(default=0)
