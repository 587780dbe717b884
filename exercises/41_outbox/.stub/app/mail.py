"""The mail server, at `SMTP_HOST` and `SMTP_PORT`. A mail that it has taken is an effect."""

import os
import smtplib
from email.message import EmailMessage
from email.utils import make_msgid

from .effects import note_effect

DOMAIN = "club.example.com"
TIMEOUT = 240.0
"""Seconds that the server may be silent."""


def send_welcome(address: str, name: str, message_id: str | None = None) -> None:
    """Hand a welcome mail over. This blocks its thread until the server has taken the mail.

    If the mail cannot be handed over, it raises an exception. Without a `message_id`, such as
    `<welcome.1@club.example.com>`, the mail gets a new one. Of several mails with the same one, the
    mail server delivers the first, and drops the others.
    """
    message = EmailMessage()
    message["From"] = f"hello@{DOMAIN}"
    message["To"] = address
    message["Subject"] = f"Welcome, {name}"
    message["Message-ID"] = message_id or make_msgid(domain=DOMAIN)
    message.set_content(f"Dear {name},\n\nwe meet on Thursdays at seven.\n")
    host = os.environ.get("SMTP_HOST", "127.0.0.1")
    port = int(os.environ.get("SMTP_PORT", "1025"))
    with smtplib.SMTP(host, port, DOMAIN, timeout=TIMEOUT) as server:
        server.send_message(message)
        note_effect("mail taken")
