"""What happens after a signup. Its tasks outlive the request, and not the app."""

import logging

from anyio import to_thread

from .database import AuditEntry, open_session
from .mail import send_welcome

logger = logging.getLogger(__name__)


async def welcome(member_id: int, address: str, name: str) -> None:
    sent = await to_thread.run_sync(attempt, member_id, address, name)
    entry = AuditEntry(member_id=member_id, event=f"welcome_mail_{'sent' if sent else 'failed'}")
    async with open_session.begin() as session:
        session.add(entry)


def attempt(member_id: int, address: str, name: str) -> bool:
    try:
        send_welcome(address, name)
    except Exception as error:
        logger.error("Member %d gets no welcome mail: %r", member_id, error)
        return False
    return True
