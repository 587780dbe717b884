"""The shop's mail, sent through the server that SHOP_SMTP names."""

import logging
import os
import smtplib
from email.message import EmailMessage
from typing import Annotated, Protocol

from fastapi import Depends

logger = logging.getLogger("kata.mail")


class Mailer(Protocol):
    """Something that sends mail."""

    def send(self, recipient: str, subject: str) -> None: ...


class SmtpMailer:
    """Send mail by SMTP; mail that cannot be sent is only logged."""

    def send(self, recipient: str, subject: str) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "shop@example.com", recipient, subject
        try:
            with smtplib.SMTP(os.environ.get("SHOP_SMTP", "127.0.0.1"), timeout=5) as server:
                server.send_message(message)
        except OSError:
            logger.warning("not sent", extra={"recipient": recipient})


def get_mailer() -> Mailer:
    return SmtpMailer()


CurrentMailer = Annotated[Mailer, Depends(get_mailer)]
