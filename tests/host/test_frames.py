"""Frames pass a socket whole, in order, and descriptors beside them only where they are wanted."""

import gc
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest

from dojo.host.frames import LARGEST_FRAME, Frame, FrameSocket, pack

Pair = tuple[FrameSocket, FrameSocket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give the host's end, which takes descriptors, and the grader's, which takes none."""
    ours, theirs = socket.socketpair()
    host, grader = FrameSocket(ours, takes_descriptors=True), FrameSocket(theirs)
    yield host, grader
    host.close()
    grader.close()


def read_in_thread(stream: FrameSocket, count: int) -> tuple[threading.Thread, list[Frame | None]]:
    """Read a number of frames while the test writes them."""
    found: list[Frame | None] = []
    thread = threading.Thread(target=lambda: found.extend(stream.read() for _ in range(count)))
    thread.start()
    return thread, found


@pytest.mark.parametrize(
    "value", [None, True, -1, 2**64 - 1, 0.5, "é", b"\x00\xff", [1, [2]], {"a": {"b": []}}]
)
def test_plain_data_keeps_its_type(pair: Pair, value: Any) -> None:
    """What is written on one end is read on the other, types included."""
    pair[0].write({"value": value})

    frame = pair[1].read()
    assert frame == {"value": value}
    assert type(frame["value"]) is type(value)


@pytest.mark.parametrize("value", [object(), {1, 2}, 2**64, 1j])
def test_other_data_is_refused(value: object) -> None:
    """What is no plain data raises, and nothing is written."""
    with pytest.raises((TypeError, OverflowError)):
        pack({"value": value})


def test_closed_end_is_the_end(pair: Pair) -> None:
    """Frames that were written before the end are still read."""
    pair[0].write({"kind": "last"})
    pair[0].close()

    assert pair[1].read() == {"kind": "last"}
    assert pair[1].read() is None


def test_available_frames_are_taken(pair: Pair) -> None:
    """Without waiting, one gets the frames that are there; none, if none is; the end as such."""
    pair[0].write({"number": 1})
    pair[0].write({"number": 2})

    assert pair[1].read_available() == [{"number": 1}, {"number": 2}]
    assert pair[1].read_available() == []
    pair[0].close()
    assert pair[1].read_available() is None


def test_frame_behind_another_is_available(pair: Pair) -> None:
    """What arrived together with a frame that was read waits in no socket any more."""
    pair[0].write({"number": 1})
    pair[0].write({"number": 2})

    assert pair[1].read() == {"number": 1}
    assert pair[1].read_available() == [{"number": 2}]


def test_kept_frames_come_before_the_next(pair: Pair) -> None:
    """What may wait is sent together with the next frame, before it, and once."""
    pair[0].write_later({"number": 1})
    pair[0].write_later({"number": 2})

    assert pair[1].read_available() == []
    for number in (3, 4):
        pair[0].write({"number": number})
    assert [pair[1].read() for _ in range(4)] == [{"number": each} for each in (1, 2, 3, 4)]


def test_refused_frame_keeps_the_others(pair: Pair) -> None:
    """A frame that cannot be sent takes nothing with it that may wait."""
    pair[0].write_later({"number": 1})
    with pytest.raises(TypeError):
        pair[0].write({"other": object()})
    pair[0].write({"number": 2})

    assert [pair[1].read(), pair[1].read()] == [{"number": 1}, {"number": 2}]


def test_many_kept_frames_are_sent(pair: Pair) -> None:
    """What may wait does not pile up: it is sent once it is larger than 64 KiB."""
    pair[0].write_later({"text": "x" * 40_000})
    pair[0].write_later({"text": "y" * 40_000})

    assert [str(frame)[:12] for frame in (pair[1].read(), pair[1].read())] == [
        "{'text': 'xx",
        "{'text': 'yy",
    ]


def test_frames_of_threads_stay_whole(pair: Pair) -> None:
    """Frames that several threads write at once, each larger than a buffer, are not mixed."""
    reader, found = read_in_thread(pair[1], 12)
    texts = [letter * 300_000 for letter in "abc"]

    def write_often(text: str) -> None:
        for _ in range(4):
            pair[0].write({"text": text})

    writers = [threading.Thread(target=write_often, args=[text]) for text in texts]
    for thread in writers:
        thread.start()
    for thread in (*writers, reader):
        thread.join()

    assert sorted(str(frame["text"]) for frame in found if frame) == sorted(texts * 4)


def test_finalizer_may_write_too(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """An object that writes when it is collected, in the middle of a write, does no harm."""

    class Talkative:
        def __del__(self) -> None:
            pair[0].write({"text": "last words"})

    circle: list[Any] = [Talkative()]
    circle.append(circle)
    del circle
    sendall = socket.socket.sendall
    monkeypatch.setattr(socket.socket, "sendall", lambda *data: (gc.collect(), sendall(*data))[1])
    pair[0].write({"text": "first"})

    texts = [frame["text"] for frame in pair[1].read_available() or []]
    assert sorted(texts) == ["first", "last words"]


@pytest.mark.parametrize("data", [b"\x01", b"\x90", b"\xc1", b"\x91" * 5000, b"\x81\x01\x01"])
def test_broken_frame_is_a_value_error(pair: Pair, data: bytes) -> None:
    """Bytes that are no frame raise one kind of error, whatever is wrong with them."""
    pair[0].stream.sendall(data)

    with pytest.raises(ValueError):
        pair[1].read()


def test_large_frame_is_refused(pair: Pair) -> None:
    """A frame above the largest size is refused by whoever reads it, as by whoever writes it."""
    frame = msgpack.packb({"text": "x" * LARGEST_FRAME})
    writer = threading.Thread(target=pair[0].stream.sendall, args=[frame + bytes(2**16)])
    writer.start()
    with pytest.raises(ValueError):
        pair[1].read()
    writer.join()
    with pytest.raises(ValueError, match="16 MiB in one message"):
        pack({"text": "x" * LARGEST_FRAME})


def test_descriptors_arrive_at_the_host(pair: Pair) -> None:
    """Descriptors come with the frame that they were sent with, in their order."""
    reading, writing = os.pipe()
    pair[1].write({"kind": "open"}, (reading, writing))
    frame = pair[0].read()
    taken = [pair[0].descriptors.popleft() for _ in range(2)]
    os.write(taken[1], b"through")

    assert frame == {"kind": "open"}
    assert os.read(reading, 10) == b"through"
    for descriptor in (reading, writing, *taken):
        os.close(descriptor)


def test_descriptors_do_not_arrive_at_the_grader(pair: Pair) -> None:
    """Descriptors that a host sends are dropped; the frame beside them is read."""
    before = os.dup(0)
    os.close(before)
    pair[0].write({"kind": "loaded"}, (0, 0))
    frame = pair[1].read()
    after = os.dup(0)
    os.close(after)

    assert frame == {"kind": "loaded"}
    assert (before, len(pair[1].descriptors)) == (after, 0)


def test_untaken_descriptors_are_closed(pair: Pair) -> None:
    """Descriptors that nobody took are closed with their socket."""
    pair[1].write({"kind": "open"}, (0,))
    pair[0].read()
    (descriptor,) = pair[0].descriptors
    pair[0].close()

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
