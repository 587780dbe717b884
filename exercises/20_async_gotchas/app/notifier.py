"""The notifier: sends messages to customers, and does not fail.

It reports to the logger `kata.notifier` when it begins to send a message, and when it has sent it.
"""

import asyncio
import logging
from collections import Counter

logger = logging.getLogger("kata.notifier")

BY_FAX = {"dora"}
"""The line of the fax is free once an hour: a message to these takes that long."""

_numbers = Counter[str]()


async def send(customer: str, product: str, quantity: int) -> int:
    """Send the message, and give its number: 1 for the first one to this customer, then 2."""
    about = {"customer": customer, "product": product, "quantity": quantity}
    logger.info("sending", extra=about)
    for _ in range(3):
        await asyncio.sleep(0)
    if customer in BY_FAX:
        await asyncio.sleep(60 * 60)
    _numbers[customer] += 1
    logger.info("sent", extra=about | {"number": _numbers[customer]})
    return _numbers[customer]
