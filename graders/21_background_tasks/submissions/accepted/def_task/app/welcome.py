"""What happens after a signup, in a thread of its own."""

import logging

from anyio import from_thread

from .database import AuditEntry, open_session
from .mail import send_welcome

logger = logging.getLogger(__name__)


def welcome(member_id: int, address: str, name: str) -> None:
    try:
        send_welcome(address, name)
    except Exception as error:
        logger.error("member=%d welcome mail: %s", member_id, type(error).__name__)
        from_thread.run(note, member_id, "welcome_mail_failed")
    else:
        from_thread.run(note, member_id, "welcome_mail_sent")


async def note(member_id: int, event: str) -> None:
    async with open_session() as session:
        session.add(AuditEntry(member_id=member_id, event=event))
        await session.commit()
