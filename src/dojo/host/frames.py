"""Frames: the messages between a grader and a host, msgpack maps over one stream socket.

This module only moves frames. What they mean is decided on either side.
"""

import array
import os
import socket
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import msgpack

Frame = dict[str, Any]

LARGEST_MESSAGE = 16 * 1024 * 1024
"""Bytes of one WebSocket message, in either direction: as many as uvicorn takes."""

LARGEST_FRAME = LARGEST_MESSAGE + 64 * 1024
"""Bytes. A frame of a host above this size breaks the connection: the host may be hostile."""

LARGEST_HEAD = 64 * 1024
"""Bytes of all headers of a response together; clients and servers refuse a larger head too."""

_MOST_ITEMS = 64 * 1024
_READ_SIZE = 64 * 1024
_MOST_KEPT = 64 * 1024
_DESCRIPTORS_AT_ONCE = 8


def pack(frame: Frame) -> bytes:
    """Encode one frame; `TypeError` for what is no plain data, `ValueError` for what is too large.

    Text that is no Unicode, such as half of a surrogate pair, is written as its escape.
    """
    data = bytes(msgpack.packb(frame, use_bin_type=True, unicode_errors="backslashreplace"))
    if len(data) > LARGEST_FRAME:
        raise ValueError(
            f"This is a limit of the grader: it takes {LARGEST_MESSAGE >> 20} MiB in one message."
        )
    return data


def unpacker() -> Any:
    """Make a decoder of a stream of frames that refuses frames above `LARGEST_FRAME`."""
    return msgpack.Unpacker(
        raw=False,
        strict_map_key=True,
        max_buffer_size=LARGEST_FRAME,
        max_array_len=_MOST_ITEMS,
        max_map_len=_MOST_ITEMS,
        use_list=True,
    )


def decode(unpacker: Any, data: bytes) -> Iterator[Any]:
    """Give what the bytes complete, as it is decoded; `ValueError` for bytes that are no frames."""
    try:
        unpacker.feed(data)
    except msgpack.BufferFull:
        raise ValueError("a frame is too large") from None
    yield from unpacker


class FrameSocket:
    """A stream socket that carries frames, and descriptors beside them.

    `write` may be called from any thread; `read` from one. Descriptors that arrive are taken by a
    host alone: the grader has no use for what a host might send it.
    """

    def __init__(self, stream: socket.socket, *, takes_descriptors: bool = False) -> None:
        self.stream = stream
        self._takes_descriptors = takes_descriptors
        self.descriptors: deque[int] = deque()
        self.received = 0
        """Bytes that have arrived, for a reader that wants no more than so many."""
        self._unpacker = unpacker()
        self._writing = threading.RLock()  # a finalizer that logs may come in between
        self._kept = bytearray()

    def write(self, frame: Frame, descriptors: tuple[int, ...] = ()) -> None:
        """Send one frame whole; `OSError` if the peer is gone."""
        packed = pack(frame)
        with self._writing:
            data = self._take_kept() + packed
            if descriptors:
                sent = socket.send_fds(self.stream, [data], list(descriptors))
                data = data[sent:]
            self.stream.sendall(data)

    def write_later(self, frame: Frame) -> None:
        """Send a frame with the next one, before it, or once there is much to send."""
        packed = pack(frame)
        with self._writing:
            self._kept += packed
            if len(self._kept) > _MOST_KEPT:
                self.stream.sendall(self._take_kept())

    def _take_kept(self) -> bytes:
        data = bytes(self._kept)
        self._kept.clear()
        return data

    def read(self) -> Frame | None:
        """Wait for the next frame; `None` once the peer has closed, `ValueError` if it is none."""
        while True:
            for frame in self._unpacker:
                if not isinstance(frame, dict):
                    raise ValueError("a frame must be a map")
                return frame
            data = self._receive()
            if not data:
                return None
            self.received += len(data)
            try:
                self._unpacker.feed(data)
            except msgpack.BufferFull:
                raise ValueError("a frame is too large") from None

    def read_available(self) -> list[Frame] | None:
        """Take the frames that have arrived, without waiting; `None` once the peer has closed."""
        try:
            data = self.stream.recv(_READ_SIZE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return list(self._unpacker)  # what came with a frame that was read
        if not data:
            return None
        self._unpacker.feed(data)
        return list(self._unpacker)

    def close(self) -> None:
        """Close the socket and every descriptor that nobody took."""
        self.stream.close()
        while self.descriptors:
            os.close(self.descriptors.popleft())

    def _receive(self) -> bytes:
        if not self._takes_descriptors:
            return self.stream.recv(_READ_SIZE)
        size = socket.CMSG_LEN(_DESCRIPTORS_AT_ONCE * array.array("i").itemsize)
        data, ancillary, _, _ = self.stream.recvmsg(_READ_SIZE, size)
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                received = array.array("i")
                received.frombytes(payload[: len(payload) - len(payload) % received.itemsize])
                self.descriptors.extend(received)
        return data
