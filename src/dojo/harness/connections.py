"""Connections: the grader's ends of the sockets to a snapshot and to a host.

They turn frames into evidence, check that it is what a host may send, and cap it. What it means is
said elsewhere."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any, Self

from ..host.frames import Frame, FrameSocket, decode, pack, unpacker
from .evidence import (
    BROKEN_CONNECTION,
    Begun,
    Cancelled,
    Debugger,
    Evidence,
    Moved,
    ObjectCount,
    Raised,
    Returned,
    Sent,
    Served,
    Settled,
    Waiting,
    Where,
    read_event,
)
from .failures import SubmissionError
from .patience import OutOfPatience
from .processes import Stopwatch

IMPORT_SECONDS = 10.0
"""Undisturbed seconds that an import may take before it counts as hanging."""

MOST_BYTES = 64 * 1024 * 1024
"""Bytes that one snapshot may send over its whole life."""

_LOOK_EVERY = 0.2
_FIELDS: dict[str, tuple[str, type]] = {
    "confined": ("kind", str),
    "loaded": ("threads", int),
    "unloadable": ("error", dict),
    "opened": ("pid", int),
    "ended": ("status", int),
}


class Control:
    """Frames to and from the snapshot whose process is `pid`."""

    def __init__(self, frames: FrameSocket, pid: int, evidence: Evidence) -> None:
        self._frames = frames
        self._pid = pid
        self._evidence = evidence
        self._stopwatch = Stopwatch(self._list_pids)

    def write(self, frame: Frame, descriptors: tuple[int, ...] = ()) -> None:
        """Send a frame; `OSError` if the snapshot has ended."""
        self._frames.write(frame, descriptors)

    def read(self, *kinds: str) -> Frame | None:
        """Wait for a frame of one of the kinds, and keep what is evidence on the way.

        `None` once the snapshot has ended; `OutOfPatience` if the frame does not come, whatever
        else comes; `SubmissionError` if it sends what no snapshot sends, or too much.
        """
        self._stopwatch = Stopwatch(self._list_pids)
        while (frame := self._read_patiently()) is not None:
            if frame.get("kind") in kinds and _is_complete(frame):
                return frame
            self._evidence.append(read_event(frame))
            self._lose_patience()
        return None

    def close(self) -> None:
        """Close this end."""
        self._frames.close()

    def _list_pids(self) -> list[int]:
        return [self._pid]

    def _read_patiently(self) -> Frame | None:
        self._frames.stream.settimeout(_LOOK_EVERY)
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    return self._frames.read()
                self._lose_patience()
        except ConnectionError:
            return None
        except ValueError:
            raise SubmissionError("protocol", BROKEN_CONNECTION) from None
        finally:
            self._frames.stream.settimeout(None)

    def _lose_patience(self) -> None:
        """Raise if the frame that is waited for takes too long, or too much else has come."""
        if self._frames.received > MOST_BYTES:
            raise SubmissionError(
                "protocol", f"The app sent more than {MOST_BYTES >> 20} MiB while it was imported."
            )
        if self._stopwatch.has_reached(IMPORT_SECONDS):
            raise OutOfPatience


def _is_complete(frame: Frame) -> bool:
    name, kind = _FIELDS[frame["kind"]]
    return isinstance(frame.get(name), kind)


"""Bytes that one copy may send over its whole life."""

AnyEvent = (
    Sent
    | Waiting
    | Returned
    | Raised
    | Cancelled
    | Where
    | Moved
    | Settled
    | Begun
    | ObjectCount
    | Debugger
    | Served
)


class Connection(asyncio.Protocol):
    """Frames in both directions; ends of the connection are told to everyone who waits."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.ended: Exception | None = None
        """What ended it: the submission's doing, or else a mistake of the grader's own."""
        self.closed = asyncio.Event()
        self._queues: dict[int | str, asyncio.Queue[Any]] = {}
        self._unpacker = unpacker()
        self._received = 0
        self._transport: asyncio.Transport | None = None
        self._held: list[bytes] | None = None

    @classmethod
    async def open(cls, stream: socket.socket, evidence: Evidence, **more: Any) -> Self:
        """Take over a connected socket."""
        stream.setblocking(False)
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: cls(evidence, **more), sock=stream)
        return connection

    def queue(self, key: int | str) -> asyncio.Queue[Any]:
        """Give the queue on which the events of one call, or of one kind, arrive."""
        return self._queues.setdefault(key, asyncio.Queue())

    def write(self, frame: dict[str, Any]) -> None:
        """Send a frame; a host that has gone is noticed by whoever waits for its answer."""
        if self._held is None:
            self._send(pack(frame))
        else:
            self._held.append(pack(frame))

    @contextlib.contextmanager
    def hold_frames(self) -> Iterator[None]:
        """Keep frames back and send them in one piece at the end: so they arrive together."""
        if self._held is not None:  # they are kept already, for longer
            yield
            return
        held: list[bytes] = []
        self._held = held
        try:
            yield
        finally:
            self._held = None
            self._send(b"".join(held))

    def close(self) -> None:
        """Close the connection: the host ends."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, as asyncio asks."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read the frames in the bytes; a broken one ends the connection."""
        self._received += len(data)
        try:
            if self._received > MOST_BYTES:
                raise SubmissionError(
                    "protocol",
                    f"The app sent more than {MOST_BYTES >> 20} MiB in one run: "
                    "the grader reads no more.",
                )
            for frame in self._decode(data):
                self._take(frame)
        except Exception as error:  # asyncio would only log what is the grader's own mistake
            self._end(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everyone who waits that the host is gone."""
        del exc
        self._end(SubmissionError("crash", "The app's process ended."))

    def _decode(self, data: bytes) -> Iterator[object]:
        """Give the frames in the bytes; only what is wrong with these is the submission's error."""
        try:
            yield from decode(self._unpacker, data)
        except ValueError:
            raise SubmissionError("protocol", BROKEN_CONNECTION) from None

    def _take(self, frame: object) -> None:
        event = read_event(frame)
        self.evidence.append(event)
        if isinstance(event, AnyEvent):
            self._pass_on(event)

    def _pass_on(self, event: AnyEvent) -> None:
        """Hand an event to whoever waits for those of its call, or of its kind."""
        call = getattr(event, "call", None)
        self.queue(event.kind if call is None else call).put_nowait(event)

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _end(self, error: Exception) -> None:
        if self.ended is None:
            self.ended = error
            for queue in self._queues.values():
                queue.put_nowait(None)
            self.closed.set()
        with contextlib.suppress(AttributeError):
            self.close()
