"""The mail server: an SMTP server that a submission hands mails to and a test scripts.

It keeps each mail that came whole, and may hold it at a barrier before it takes or refuses it.
Nothing is timed: whoever waits for mails brings the deadline. No mail is parsed.
"""

import asyncio
import inspect
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from .barriers import Barrier, Watch
from .listeners import Acceptor

MOST_CONNECTIONS = 64
"""Connections open at the same time; more are closed as soon as they are made."""

MOST_BYTES = 16 * 1024 * 1024
"""Bytes that all clients together may send in one criterion; then they are cut off."""

LARGEST_MAIL = 1024 * 1024
"""Bytes of one mail; a larger one is refused."""

MAIL_BYTES, LINE_BYTES = 4 * 1024, 128
"""What a mail, and each line, is charged on top, so that tiny ones are limited too."""

TAKEN = "250 OK"
REFUSED = "554 5.7.1 Refused"
HANG_UP = ""
"""A reply that is none: the connection is closed, and nobody knows whether the mail was taken."""

_FAILED = "451 Local error"
_SECONDS = 24 * 60 * 60
"""How long a client may be silent: longer than anything takes here."""
_HOST_NAME = "mail.example.com"


@dataclass(frozen=True)
class Mail:
    """One mail as it came: the addresses of its envelope, and its text with all headers."""

    sender: str
    recipients: tuple[str, ...]
    text: str


Answer = str | Callable[[Mail], str | Awaitable[str]]


class MailServer:
    """An SMTP server on a listening socket, which it leaves open for the next one.

    `received` holds the mails that came whole, in the order in which they did; `taken` those that
    were answered with `TAKEN`. An error in a script is raised on leaving.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.received: list[Mail] = []
        self.taken: list[Mail] = []
        self._acceptor = Acceptor(listener, self)
        self._answer: Answer = TAKEN
        self._barrier: Barrier | None = None
        self._open: set[Conversation] = set()
        self._watch = Watch()
        self._charged = 0
        self._errors: list[Exception] = []

    def on_mail(self, answer: Answer = TAKEN, *, barrier: Barrier | None = None) -> None:
        """Answer mails from now on with `answer`, or what it gives for the mail.

        Mails are held by `barrier` once they are received, before `answer` is asked.
        """
        self._answer = answer
        self._barrier = barrier

    async def arrivals(self, count: int) -> None:
        """Wait until `count` mails have come whole; for ever if they never do."""
        await self._watch.until(lambda: len(self.received) >= count)

    async def all_closed(self) -> None:
        """Wait until no connection is open; for ever if one stays so."""
        await self._watch.until(lambda: not self._open)

    async def __aenter__(self) -> Self:
        self._acceptor.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._acceptor.stop()
        for conversation in self._open:
            conversation.abort()
        await self.all_closed()
        self._acceptor.drop_waiting()
        if self._errors:
            raise self._errors[0]

    def admit(self) -> "Conversation | None":
        """Give the next conversation; `None` if too many are open."""
        if len(self._open) >= MOST_CONNECTIONS:
            return None
        conversation = Conversation(self)
        self._open.add(conversation)
        return conversation

    def lose(self, protocol: asyncio.BaseProtocol) -> None:
        """Let go of a connection that was broken before it began."""
        assert isinstance(protocol, Conversation)
        self.forget(protocol)

    def forget(self, conversation: "Conversation") -> None:
        """Let go of a connection that is closed."""
        self._open.discard(conversation)
        self._watch.look()

    def charge(self, size: int) -> bool:
        """Account for bytes of any client; `False` once there were too many."""
        self._charged += size
        return self._charged <= MOST_BYTES

    async def take(self, mail: Mail) -> str:
        """Keep a mail, hold it if it is to be held, and give the line that answers it."""
        answer, barrier = self._answer, self._barrier
        self.received.append(mail)
        self._watch.look()
        if barrier is not None:
            await barrier.enter()
        line = answer if isinstance(answer, str) else answer(mail)
        line = await line if inspect.isawaitable(line) else line
        if line == TAKEN:
            self.taken.append(mail)
        return line

    def blame(self, error: Exception) -> None:
        """Keep an error of a script, to raise it on leaving."""
        self._errors.append(error)


def answer_demo_mail(mail: Mail) -> str:
    """Answer while a learner tries the app: mails to `refused…` are refused, all others taken."""
    return REFUSED if any(each.startswith("refused") for each in mail.recipients) else TAKEN


class _Handler:
    """What `aiosmtpd` asks about a mail."""

    def __init__(self, server: MailServer, conversation: "Conversation") -> None:
        self._server = server
        self._conversation = conversation

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answer a mail that came whole."""
        del server, session
        content = envelope.content
        assert isinstance(content, bytes)
        mail = Mail(
            str(envelope.mail_from),
            tuple(map(str, envelope.rcpt_tos)),
            content.decode("utf-8", "backslashreplace"),
        )
        if not self._server.charge(MAIL_BYTES):
            return await self._conversation.hang_up()
        line = await self._server.take(mail)
        return line or await self._conversation.hang_up()

    async def handle_exception(self, error: Exception) -> str:
        """Keep what a script raises; whatever a client sends is answered by `aiosmtpd` itself."""
        self._server.blame(error)
        return _FAILED


class Conversation(SMTP):
    """One connection. A client that leaves is not answered, and the barrier lets go of its mail."""

    def __init__(self, server: MailServer) -> None:
        super().__init__(
            _Handler(server, self),
            data_size_limit=LARGEST_MAIL,
            hostname=_HOST_NAME,
            ident="SMTP",
            timeout=_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self._mail_server = server
        self._stream: asyncio.Transport | None = None

    def abort(self) -> None:
        """Close at once."""
        if self._stream is not None:
            self._stream.abort()

    async def hang_up(self) -> str:
        """Close at once and wait for the end, which comes as a cancellation."""
        self.abort()
        await asyncio.Event().wait()
        return HANG_UP

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the conversation."""
        assert isinstance(transport, asyncio.Transport)
        self._stream = transport
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Let go of the connection."""
        super().connection_lost(error)
        self._mail_server.forget(self)

    def data_received(self, data: bytes) -> None:
        """Read bytes, unless there were too many."""
        if self._mail_server.charge(len(data) + LINE_BYTES * data.count(b"\n")):
            super().data_received(data)
        else:
            self.abort()
