"""The ledger: one page of the payments, the newest first."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .cursors import Place, write_cursor
from .models import Payment
from .schemas import ListedPayment, PaymentPage


async def list_payments(session: AsyncSession, place: Place, limit: int) -> PaymentPage:
    """Give the payments after or before as many as the cursor says."""
    offset, end, currency = place.offset, limit + 1, place.currency
    if place.backwards:
        offset, end = max(0, place.offset - limit), min(limit, place.offset) + 1
    query = select(Payment).order_by(Payment.created_at.desc(), Payment.id.desc())
    if currency is not None:
        query = query.where(Payment.currency == currency)
    found = (await session.scalars(query.offset(offset).limit(end))).all()
    payments = [ListedPayment.model_validate(payment) for payment in found[: end - 1]]
    more = len(found) >= end
    return PaymentPage(
        payments=payments,
        next=write_cursor(Place(currency=currency, offset=offset + end - 1)) if more else None,
        prev=write_cursor(Place(currency=currency, offset=offset, backwards=True))
        if offset
        else None,
    )
