"""A queue of welcome mails, and the worker that hands them over one after the other."""

import asyncio
import logging
from typing import NamedTuple

from sqlalchemy import insert

from .database import AuditEntry, engine
from .mail import send_welcome

logger = logging.getLogger("app.mails")


class NewMember(NamedTuple):
    id: int
    address: str
    name: str


mails: asyncio.Queue[NewMember] = asyncio.Queue()


async def deliver() -> None:
    while True:
        member = await mails.get()
        try:
            await asyncio.to_thread(send_welcome, member.address, member.name)
            event = "welcome_mail_sent"
        except Exception:
            logger.exception("No welcome for %s", member.id)
            event = "welcome_mail_failed"
        async with engine.begin() as connection:
            await connection.execute(insert(AuditEntry).values(member_id=member.id, event=event))
        mails.task_done()
