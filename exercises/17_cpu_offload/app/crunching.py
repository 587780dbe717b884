"""Crunching: a photo goes in, its thumbnail comes out. It takes seconds of processor time.

`crunch` stands for a function of a C library that keeps the GIL while it works. So that everybody
can see what it does and when it is done, the work is left to the bench, a service of this kata.
"""

import ctypes
import http.client
import json
import os
import signal
import socket
from urllib.parse import quote

from pydantic import BaseModel

from .settings import get_bench_address

_C_LIBRARY = ctypes.PyDLL(None)  # a `CDLL` would let go of the GIL during a call


class Thumbnail(BaseModel):
    """What comes out."""

    photo: str
    width: int
    height: int


class UnreadablePhoto(Exception):
    """There is no thumbnail of this photo; the text says why."""


def crunch(photo: str) -> Thumbnail:
    """Make the thumbnail of a photo.

    Meanwhile no other Python code of this process runs. `UnreadablePhoto` if it cannot be done.
    """
    bench = http.client.HTTPConnection(get_bench_address())
    bench.request("POST", f"/crunches/{quote(photo, safe='')}", headers={"X-Pid": str(os.getpid())})
    _C_LIBRARY.recv(bench.sock.fileno(), ctypes.create_string_buffer(1), 1, socket.MSG_PEEK)
    answer = bench.getresponse()
    found = json.loads(answer.read())
    bench.close()
    if answer.status == http.HTTPStatus.INSUFFICIENT_STORAGE:
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does when the memory is used up
    if answer.status == http.HTTPStatus.UNPROCESSABLE_ENTITY:
        raise UnreadablePhoto(found["reason"])
    return Thumbnail.model_validate(found)
