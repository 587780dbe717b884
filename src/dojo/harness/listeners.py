"""Listeners: sockets on which labs serve one after the other, and how connections are accepted."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Protocol

_BACKLOG = 512


def open_listener() -> socket.socket:
    """Open a TCP socket that listens on a free port of 127.0.0.1."""
    return socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)


class Service(Protocol):
    """What accepting connections asks of the lab that serves them."""

    def admit(self) -> asyncio.BaseProtocol | None:
        """Give the protocol of a new connection; `None` if it is one too many."""

    def lose(self, protocol: asyncio.BaseProtocol) -> None:
        """Let go of a connection that was broken before it began."""

    def blame(self, error: Exception) -> None:
        """Keep an error that keeps connections from being accepted."""


class Acceptor:
    """Accepts the connections of a listener, which it leaves open for the next one."""

    def __init__(self, listener: socket.socket, service: Service) -> None:
        self._listener = listener
        self._service = service
        self._arriving: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin with connections that nobody has made yet."""
        self._listener.setblocking(False)
        self.drop_waiting()
        asyncio.get_running_loop().add_reader(self._listener, self._accept)

    async def stop(self) -> None:
        """Accept no more, once those that are arriving have begun."""
        asyncio.get_running_loop().remove_reader(self._listener)
        await asyncio.gather(*self._arriving)

    def drop_waiting(self) -> None:
        """Close the connections that nobody accepted: no criterion in progress made them."""
        for stream in _accept_waiting(self._listener):
            stream.close()

    def _accept(self) -> None:
        try:
            for stream in _accept_waiting(self._listener):
                self._admit(stream)
        except OSError as error:  # this process is out of descriptors
            asyncio.get_running_loop().remove_reader(self._listener)
            self._service.blame(error)

    def _admit(self, stream: socket.socket) -> None:
        protocol = self._service.admit()
        if protocol is None:
            stream.close()
            return
        arriving = asyncio.ensure_future(self._adopt(stream, protocol))
        self._arriving.add(arriving)
        arriving.add_done_callback(self._arriving.discard)

    async def _adopt(self, stream: socket.socket, protocol: asyncio.BaseProtocol) -> None:
        try:
            # asyncio does this only for sockets that were made with an explicit protocol.
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, stream)
        except OSError:  # some systems refuse options on a connection that was reset by now
            stream.close()
            self._service.lose(protocol)


def _accept_waiting(listener: socket.socket) -> Iterator[socket.socket]:
    """Give the connections that wait to be accepted; a flood of them ends with the backlog."""
    for _ in range(_BACKLOG):
        try:
            stream, _ = listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        yield stream
