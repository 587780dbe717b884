"""The mail server takes mails as scripted, keeps them, and outlives hostile clients."""

import asyncio
import contextlib
import smtplib
import socket
from collections.abc import AsyncIterator, Awaitable, Iterator
from email.message import EmailMessage
from typing import TypeVar

import pytest

from dojo.harness.barriers import Barrier
from dojo.harness.listeners import open_listener
from dojo.harness.mail_server import (
    HANG_UP,
    LARGEST_MAIL,
    MOST_BYTES,
    MOST_CONNECTIONS,
    REFUSED,
    TAKEN,
    Mail,
    MailServer,
    answer_demo_mail,
)

Result = TypeVar("Result")

ADDRESS = "asha@example.com"


async def within(awaitable: Awaitable[Result]) -> Result:
    """Wait for something that comes at once unless the test fails."""
    return await asyncio.wait_for(awaitable, 20)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Give a listening socket."""
    with open_listener() as listener:
        yield listener


@pytest.fixture
async def server(listener: socket.socket) -> AsyncIterator[MailServer]:
    """Give a server that takes every mail."""
    async with MailServer(listener) as server:
        yield server


def send(listener: socket.socket, text: str = "Hello", address: str = ADDRESS) -> None:
    """Hand one mail over with `smtplib`, as submissions do."""
    message = EmailMessage()
    message["From"], message["To"] = "club@example.com", address
    message["Subject"] = "Welcome, Asha"
    message.set_content(text)
    host, port = listener.getsockname()
    with smtplib.SMTP(host, port, "test", timeout=20) as client:
        client.send_message(message)


async def hand_over(listener: socket.socket, text: str = "Hello", address: str = ADDRESS) -> None:
    """Hand one mail over while the server runs in this thread."""
    await within(asyncio.to_thread(send, listener, text, address))


async def test_mail_is_kept_whole(listener: socket.socket, server: MailServer) -> None:
    """A mail is kept with the addresses of its envelope and its text."""
    await hand_over(listener, "Hello Zoë\n.\n.dots\n")

    (mail,) = server.received
    assert (mail.sender, mail.recipients) == ("club@example.com", (ADDRESS,))
    assert "Subject: Welcome, Asha\r\n" in mail.text
    assert server.taken == [mail]


async def test_barrier_withholds_answer(listener: socket.socket, server: MailServer) -> None:
    """A mail that is held has come, and is not taken before the barrier opens."""
    barrier = Barrier()
    server.on_mail(barrier=barrier)
    handing = asyncio.create_task(hand_over(listener))
    await within(barrier.arrivals(1))
    before = (len(server.received), len(server.taken), handing.done())
    barrier.open()
    await handing

    assert before == (1, 0, False)
    assert len(server.taken) == 1


async def test_arrivals_are_waited_for(listener: socket.socket, server: MailServer) -> None:
    """Whoever waits for a number of mails goes on once so many have come."""
    waiting = asyncio.create_task(server.arrivals(2))
    await hand_over(listener)
    early = waiting.done()
    await hand_over(listener)
    await within(waiting)

    assert not early


async def test_refused_mail_is_told(listener: socket.socket, server: MailServer) -> None:
    """A mail that is refused has come, is not taken, and the client learns the line."""
    server.on_mail(lambda mail: REFUSED if mail.recipients == (ADDRESS,) else TAKEN)
    with pytest.raises(smtplib.SMTPDataError, match="554"):
        await hand_over(listener)
    await hand_over(listener, address="ben@example.com")

    assert [mail.recipients for mail in server.taken] == [("ben@example.com",)]
    assert len(server.received) == 2


async def test_hang_up_gives_no_answer(listener: socket.socket, server: MailServer) -> None:
    """A connection that is closed instead of an answer is an error of the client."""
    server.on_mail(HANG_UP)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        await hand_over(listener)
    await within(server.all_closed())

    assert len(server.received) == 1
    assert not server.taken


async def test_client_that_leaves_is_let_go(listener: socket.socket, server: MailServer) -> None:
    """The barrier does not hold a mail whose client has gone."""
    barrier = Barrier()
    server.on_mail(barrier=barrier)
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(b"HELO a\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\n\r\n.\r\n")
    await within(barrier.arrivals(1))
    writer.close()
    await within(barrier.emptied())
    await within(server.all_closed())

    assert reader is not None
    assert not server.taken


async def test_next_server_takes_over(listener: socket.socket) -> None:
    """A server that is left has cut its clients off, and the next one knows nothing of them."""
    async with MailServer(listener) as first:
        barrier = Barrier()
        first.on_mail(barrier=barrier)
        handing = asyncio.create_task(hand_over(listener))
        await within(barrier.arrivals(1))
    with pytest.raises(OSError):
        await handing
    async with MailServer(listener) as second:
        await hand_over(listener)

    assert (len(first.taken), len(second.taken)) == (0, 1)


async def test_script_error_is_raised(listener: socket.socket) -> None:
    """What a script raises is the test's own fault, and raised on leaving."""

    def fail(mail: Mail) -> str:
        raise ZeroDivisionError(mail.sender)

    async def serve() -> None:
        async with MailServer(listener) as server:
            server.on_mail(fail)
            with contextlib.suppress(smtplib.SMTPException):
                await hand_over(listener)

    with pytest.raises(ZeroDivisionError):
        await serve()


async def test_large_mail_is_refused(listener: socket.socket, server: MailServer) -> None:
    """A mail above the limit is refused, and the next one is taken."""
    with pytest.raises(smtplib.SMTPException):
        await hand_over(listener, "x" * LARGEST_MAIL)
    await hand_over(listener)

    assert len(server.received) == 1


@pytest.mark.parametrize("piece", [b"x" * 65536, b"NOOP\r\n" * 4096], ids=["one line", "lines"])
async def test_flood_is_cut_off(listener: socket.socket, server: MailServer, piece: bytes) -> None:
    """A client that sends without an end is cut off, whatever it sends."""
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent <= 2 * MOST_BYTES:
            writer.write(piece)
            await within(writer.drain())
            sent += len(piece)
    with contextlib.suppress(ConnectionError):
        await within(reader.read())
    writer.close()
    await within(server.all_closed())

    assert sent <= 2 * MOST_BYTES


async def test_connections_are_limited(listener: socket.socket, server: MailServer) -> None:
    """More connections than the limit are closed at once."""
    streams = [
        await asyncio.open_connection(*listener.getsockname()) for _ in range(MOST_CONNECTIONS + 1)
    ]
    greetings = []
    for reader, _ in streams:
        with contextlib.suppress(ConnectionError):
            greetings.append(await within(reader.readline()))
    for _, writer in streams:
        writer.close()
    await within(server.all_closed())

    assert sum(line.startswith(b"220") for line in greetings) == MOST_CONNECTIONS


def test_demo_refuses_by_address() -> None:
    """While a learner tries an app, the address says what becomes of the mail."""
    mails = [Mail("a@b.c", (to,), "") for to in ("asha@example.com", "refused@example.com")]

    assert [answer_demo_mail(mail) for mail in mails] == [TAKEN, REFUSED]
