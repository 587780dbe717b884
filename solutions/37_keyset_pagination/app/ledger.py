"""The ledger: one page of the payments, the newest first."""

from sqlalchemy import Select, asc, desc, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from .cursors import Place, write_cursor
from .models import Payment
from .schemas import ListedPayment, PaymentPage


async def list_payments(session: AsyncSession, place: Place, limit: int) -> PaymentPage:
    found = (await session.scalars(select_beside(place).limit(limit + 1))).all()
    payments = [ListedPayment.model_validate(payment) for payment in found[:limit]]
    ahead, behind = len(found) > limit, False
    if payments and place.key is not None:
        others = select_beside(find_side(place, payments[0], backwards=not place.backwards))
        behind = bool(await session.scalar(select(others.exists())))
    if place.backwards:
        payments.reverse()
        ahead, behind = behind, ahead
    return PaymentPage(
        payments=payments,
        next=write_cursor(find_side(place, payments[-1])) if ahead else None,
        prev=write_cursor(find_side(place, payments[0], backwards=True)) if behind else None,
    )


def find_side(place: Place, payment: ListedPayment, *, backwards: bool = False) -> Place:
    return Place(currency=place.currency, key=(payment.created_at, payment.id), backwards=backwards)


def select_beside(place: Place) -> Select[Payment]:
    """Select all payments on one side of a place, the nearest first."""
    key, direction = tuple_(Payment.created_at, Payment.id), asc if place.backwards else desc
    query = select(Payment).order_by(direction(Payment.created_at), direction(Payment.id))
    if place.currency is not None:
        query = query.where(Payment.currency == place.currency)
    if place.key is not None:
        query = query.where(key > place.key if place.backwards else key < place.key)
    return query
