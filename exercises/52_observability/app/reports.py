"""Reports: what is done goes to the logger `kata.observatory`, with the id of the trace."""

import logging

from .telemetry import get_trace_id

logger = logging.getLogger("kata.observatory")


def report(step: str, about: object) -> None:
    """Report a step of the work, and what it is about."""
    logger.info(step, extra={"about": str(about), "trace_id": get_trace_id()})
