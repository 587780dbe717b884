"""The ledger: one page of the payments, read in one statement."""

from typing import Any

from sqlalchemy import Select, literal, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from .cursors import Place, write_cursor
from .models import Payment
from .schemas import ListedPayment, PaymentPage

KEY = tuple_(Payment.created_at, Payment.id)
NEWEST_FIRST = (Payment.created_at.desc(), Payment.id.desc())
OLDEST_FIRST = (Payment.created_at, Payment.id)


async def list_payments(session: AsyncSession, place: Place, limit: int) -> PaymentPage:
    """Give the payments beside a place."""
    currency = place.currency

    def side(number: int) -> Select[Any]:
        query = select(*Payment.__table__.columns, literal(number).label("side"))
        return query if currency is None else query.where(Payment.currency == currency)

    if place.key is None:
        parts = [side(0).order_by(*NEWEST_FIRST).limit(limit + 1)]
    else:
        key = place.key
        earlier = side(int(place.backwards)).where(KEY < key if not place.backwards else KEY <= key)
        later = side(int(not place.backwards)).where(KEY > key if place.backwards else KEY >= key)
        parts = [
            earlier.order_by(*NEWEST_FIRST).limit(1 if place.backwards else limit + 1),
            later.order_by(*OLDEST_FIRST).limit(limit + 1 if place.backwards else 1),
        ]
    rows = (await session.execute(union_all(*(select(part.subquery()) for part in parts)))).all()
    ahead = sorted((row for row in rows if row.side == 0), key=lambda row: (row.created_at, row.id))
    backwards = place.backwards
    shown = (ahead if backwards else ahead[::-1])[:limit]
    more, others = len(ahead) > limit, len(rows) > len(ahead)
    payments = [ListedPayment.model_validate(row) for row in shown]
    if backwards:
        payments.reverse()
        more, others = others, more

    def link(payment: ListedPayment, *, backwards: bool) -> str:
        key = (payment.created_at, payment.id)
        return write_cursor(Place(currency=currency, key=key, backwards=backwards))

    return PaymentPage(
        payments=payments,
        next=link(payments[-1], backwards=False) if more and payments else None,
        prev=link(payments[0], backwards=True) if others and payments else None,
    )
