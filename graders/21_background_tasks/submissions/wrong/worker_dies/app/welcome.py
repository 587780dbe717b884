"""A queue of welcome mails, and the worker that hands them over one after the other."""

import asyncio
from typing import NamedTuple

from sqlalchemy import insert

from .database import AuditEntry, engine
from .mail import send_welcome


class NewMember(NamedTuple):
    id: int
    address: str
    name: str


mails: asyncio.Queue[NewMember] = asyncio.Queue()


async def deliver() -> None:
    while True:
        member = await mails.get()
        event = "welcome_mail_failed"
        try:
            await asyncio.to_thread(send_welcome, member.address, member.name)
            event = "welcome_mail_sent"
        finally:
            async with engine.begin() as connection:
                row = insert(AuditEntry).values(member_id=member.id, event=event)
                await connection.execute(row)
            mails.task_done()
