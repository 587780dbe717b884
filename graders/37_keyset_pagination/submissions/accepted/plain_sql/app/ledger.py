"""The ledger: a page of payments, in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from .models import UtcDateTime
from .schemas import ListedPayment

Rows = list[ListedPayment]


async def read_side(
    session: AsyncSession,
    currency: str | None,
    limit: int,
    key: tuple[datetime, int] | None,
    backwards: bool = False,
) -> Rows:
    compare, direction = (">", "ASC") if backwards else ("<", "DESC")
    conditions, values = ["1 = 1"], dict[str, Any](limit=limit)
    if currency is not None:
        conditions.append("currency = :currency")
        values["currency"] = currency
    if key is not None:
        conditions.append(f"(created_at, id) {compare} (:moment, :number)")
        values |= {"moment": key[0], "number": key[1]}
    sql = text(
        f"SELECT id, created_at, currency, amount FROM payments WHERE {' AND '.join(conditions)} "
        f"ORDER BY created_at {direction}, id {direction} LIMIT :limit"
    )
    if key is not None:
        sql = sql.bindparams(bindparam("moment", type_=UtcDateTime))
    typed = sql.columns(created_at=UtcDateTime)
    return [ListedPayment.model_validate(row) for row in await session.execute(typed, values)]
