"""The ledger: a page of payments."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from .cursors import PageRequest
from .models import Payment
from .schemas import ListedPayment, PaymentPage


def comes_after(key: tuple[datetime, int]) -> ColumnElement[bool]:
    moment, number = key
    tied = and_(Payment.created_at == moment, Payment.id < number)
    return and_(Payment.created_at <= moment, or_(Payment.created_at < moment, tied))


def comes_before(key: tuple[datetime, int]) -> ColumnElement[bool]:
    moment, number = key
    tied = and_(Payment.created_at == moment, Payment.id > number)
    return and_(Payment.created_at >= moment, or_(Payment.created_at > moment, tied))


async def list_payments(session: AsyncSession, asked: PageRequest) -> PaymentPage:
    query = select(Payment)
    if asked.currency is not None:
        query = query.where(Payment.currency == asked.currency)
    newest_first = query.order_by(Payment.created_at.desc(), Payment.id.desc())
    oldest_first = query.order_by(Payment.created_at.asc(), Payment.id.asc())

    if asked.direction == "prev" and asked.key is not None:
        going, coming = oldest_first.where(comes_before(asked.key)), comes_after
    else:
        going, coming = newest_first, comes_before
        if asked.key is not None:
            going = going.where(comes_after(asked.key))

    rows = list(await session.scalars(going.limit(asked.limit + 1)))
    more = len(rows) > asked.limit
    rows = rows[: asked.limit]
    if not rows:
        return PaymentPage(payments=[], next=None, prev=None)
    behind = query.where(coming((rows[0].created_at, rows[0].id))).limit(1)
    others = asked.key is not None and (await session.scalars(behind)).first() is not None
    if asked.direction == "prev":
        rows, more, others = rows[::-1], others, more
    return PaymentPage(
        payments=[ListedPayment.model_validate(row) for row in rows],
        next=asked.link("next", rows[-1]) if more else None,
        prev=asked.link("prev", rows[0]) if others else None,
    )
