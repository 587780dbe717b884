"""The mail server, at `SMTP_HOST` and `SMTP_PORT`."""

import os
import smtplib
from email.message import EmailMessage

TIMEOUT = 300.0
"""Seconds that the server may be silent."""


def send_welcome(address: str, name: str) -> None:
    """Hand a welcome mail over. This blocks its thread until the server has taken the mail.

    If the mail cannot be handed over, it raises an exception.
    """
    message = EmailMessage()
    message["From"] = "club@example.com"
    message["To"] = address
    message["Subject"] = f"Welcome, {name}"
    message.set_content(f"Dear {name},\n\nwe meet on Thursdays at seven.\n")
    host = os.environ.get("SMTP_HOST", "127.0.0.1")
    port = int(os.environ.get("SMTP_PORT", "1025"))
    with smtplib.SMTP(host, port, "club.example.com", timeout=TIMEOUT) as server:
        server.send_message(message)
