"""Reports: all that the app does goes to the logger `kata.ferries`, with the id of the request."""

import logging

from .request_ids import get_request_id

logger = logging.getLogger("kata.ferries")


def report(step: str, about: object = "") -> None:
    """Report a step of the work, and what it is about."""
    logger.info(step, extra={"about": str(about), "request_id": get_request_id()})
