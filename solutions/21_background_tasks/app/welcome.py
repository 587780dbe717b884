"""What happens after a signup: a mail goes out, and the audit knows what became of it."""

import logging

from fastapi.concurrency import run_in_threadpool

from .database import AuditEntry, open_session
from .mail import send_welcome

logger = logging.getLogger(__name__)


async def welcome(member_id: int, address: str, name: str) -> None:
    """Send the welcome mail and note what became of it; raise nothing because of the mail.

    It runs after the response, so it gets values, and opens a session of its own once it needs one.
    """
    event = "welcome_mail_sent"
    try:
        await run_in_threadpool(send_welcome, address, name)
    except Exception:
        logger.exception("The welcome mail for member %d was not handed over.", member_id)
        event = "welcome_mail_failed"
    async with open_session.begin() as session:
        session.add(AuditEntry(member_id=member_id, event=event))
