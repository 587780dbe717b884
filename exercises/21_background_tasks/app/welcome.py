"""What happens after a signup: a mail goes out, and the audit knows of it."""

from sqlalchemy.ext.asyncio import AsyncSession

from .database import AuditEntry, Member
from .mail import send_welcome


async def welcome(session: AsyncSession, member: Member) -> None:
    send_welcome(member.email, member.name)
    session.add(AuditEntry(member_id=member.id, event="welcome_mail_sent"))
    await session.commit()
