"""The ledger: one page of the payments, the newest first."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Payment
from .schemas import Currency, ListedPayment, PaymentPage


async def list_payments(
    session: AsyncSession, currency: Currency | None, limit: int, offset: int
) -> PaymentPage:
    """Give `limit` payments of a currency, or of all, after leaving out `offset` of them."""
    # TODO 1: an offset counts rows, and there are others tomorrow.
    # TODO 2: there is no way back.
    # TODO 4: the database reads all that it leaves out.
    query = select(Payment).order_by(Payment.created_at.desc())
    if currency is not None:
        query = query.where(Payment.currency == currency)
    found = await session.scalars(query.limit(limit).offset(offset))
    payments = [ListedPayment.model_validate(payment) for payment in found]
    return PaymentPage(payments=payments, next=None, prev=None)
