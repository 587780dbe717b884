"""The demo ledger: rows to try the API with. They are the same after every start."""

import random
from datetime import UTC, datetime, timedelta

from .models import Payment

OPENING = datetime(2026, 3, 2, 8, tzinfo=UTC)


def make_payments() -> list[Payment]:
    """Make 50 payments; some are of the same moment, as when a file of them is read in."""
    draw = random.Random(37)
    moments = sorted(draw.randint(0, 30) for _ in range(50))
    return [
        Payment(
            id=number,
            created_at=OPENING + timedelta(hours=moment, microseconds=moment % 4),
            currency="INR" if number % 25 == 3 else draw.choice(("EUR", "USD")),
            amount=draw.randint(100, 99_999),
        )
        for number, moment in enumerate(moments, start=101)
    ]
