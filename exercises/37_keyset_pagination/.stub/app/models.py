"""Models: the table of payments and its indexes. They know nothing of HTTP."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment to the microsecond: an aware datetime in Python, UTC in every database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write a moment as UTC without a zone."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read it back with its zone."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The base of all tables."""


class Payment(Base):
    """What a customer has paid. Payments come and go, but a payment never changes."""

    __tablename__ = "payments"
    __table_args__ = (
        Index("ix_payments_created_at", "created_at", "id"),
        Index("ix_payments_currency", "currency", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    currency: Mapped[str]
    amount: Mapped[int]
    """In the smallest unit, such as cents."""
