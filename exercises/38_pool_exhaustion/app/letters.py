"""Letters: they tell applicants their score. Each call is reported to `kata.letters`."""

import logging

from .database import open_session
from .models import Application, Letter

logger = logging.getLogger("kata.letters")


async def send_letter(application_id: int) -> None:
    """Read the score in a session of its own, and store the letter that tells it."""
    logger.info("begins", extra={"application": application_id})
    async with open_session() as session:
        application = await session.get_one(Application, application_id)
        session.add(Letter(application_id=application_id, score=application.score))
        await session.commit()
    logger.info("sent", extra={"application": application_id})
