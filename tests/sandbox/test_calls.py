"""System calls that would pass a wall by are closed, in whatever form they are made."""

import platform

import pytest

from ..conftest import fetch
from .conftest import OpenConfined

APP = """
    import ctypes, errno, json
    import socket

    LIBRARY = ctypes.CDLL(None, use_errno=True)

    def attempt(number, *arguments):
        ctypes.set_errno(0)
        LIBRARY.syscall(number, *(ctypes.c_uint64(each) for each in arguments))
        return errno.errorcode.get(ctypes.get_errno(), "")

    def connect(*arguments):
        try:
            socket.socket(*arguments).close()
        except OSError as error:
            return errno.errorcode[error.errno]
        return ""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        body = json.dumps(EXPRESSION).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="The numbers of calls are x86-64's.")
@pytest.mark.parametrize(
    ("expression", "error"),
    [
        pytest.param("attempt(0x4000_0000 + 57)", "ENOSYS", id="numbers of another table"),
        pytest.param("attempt(425, 1, 0)", "ENOSYS", id="io_uring"),
        pytest.param("attempt(272, 0x10000000)", "ENOSYS", id="unshare"),
        pytest.param("attempt(117, 0, 0, 0)", "ENOSYS", id="setresuid"),
        pytest.param("attempt(72, 1, (1 << 32) | 8, 1)", "EPERM", id="owner of a descriptor"),
        pytest.param("attempt(44, 1, 0, 0, 1 << 29, 0, 0)", "EPERM", id="fast open"),
        pytest.param("attempt(157, 1, 0)", "EPERM", id="to outlive the snapshot"),
        pytest.param("attempt(56, 17, 0, 0, 0, 0)", "EPERM", id="fork"),
        pytest.param("attempt(435, 0, 0)", "ENOSYS", id="fork by a newer call"),
        pytest.param("connect(socket.AF_INET, socket.SOCK_DGRAM)", "EPERM", id="UDP"),
        pytest.param("connect(socket.AF_INET, socket.SOCK_STREAM, 262)", "EPERM", id="multipath"),
        pytest.param("connect(socket.AF_INET6, socket.SOCK_STREAM)", "EPERM", id="IPv6"),
        pytest.param("attempt(53, 1, 2, 0, 0)", "EPERM", id="pair of datagrams"),
        pytest.param("connect(socket.AF_NETLINK, socket.SOCK_RAW)", "EPERM", id="netlink"),
    ],
)
async def test_call_is_refused(open_confined: OpenConfined, expression: str, error: str) -> None:
    """The call fails as not permitted, or as not known."""
    host = await open_confined(APP.replace("EXPRESSION", expression)).open(start=False)

    assert (await fetch(host)).json() == error
