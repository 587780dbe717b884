"""The traced mail server: a mail server that tells when each mail comes, and how it answers."""

import asyncio
import itertools
import socket

from .mail_server import Mail, MailServer
from .trace_recorder import MailAnswered, MailCame, MailLeft, See


class TracedMailServer(MailServer):
    """A mail server that shows its mails, numbered from 1."""

    def __init__(self, listener: socket.socket, see: See) -> None:
        super().__init__(listener)
        self._see = see
        self._numbers = itertools.count(1)

    async def take(self, mail: Mail) -> str:
        """Show a mail, keep it, and show the line that answers it."""
        number = next(self._numbers)
        self._see(MailCame(number, mail))
        try:
            line = await super().take(mail)
        except asyncio.CancelledError:
            self._see(MailLeft(number))
            raise
        self._see(MailAnswered(number, line))
        return line
