"""Intake: bytes of a client, who may be hostile, become requests within limits.

It neither reads nor writes sockets; `connections` does.
"""

import h11

from .requests import Received

LARGEST_HEAD = 16 * 1024
"""Bytes of a request line and its headers."""

LARGEST_BODY = 1024 * 1024
"""Bytes of a request's body."""

_LONGEST_REASON = 500


class Refused(Exception):
    """A request that breaks HTTP or a limit, and the status to answer it with."""

    def __init__(self, status: int, request: Received) -> None:
        super().__init__(request.refused)
        self.status = status
        self.request = request


class Intake:
    """Reads one request after the other out of an `h11` connection."""

    def __init__(self, number: int, http: h11.Connection) -> None:
        self._number = number
        self._http = http
        self._head: h11.Request | None = None
        self._body = bytearray()

    @property
    def wants_body(self) -> bool:
        """Tell whether a body may be sent in answer to the request at hand."""
        return self._head is None or self._head.method != b"HEAD"

    def start_next(self) -> None:
        """Make ready for the next request, once the last one was answered."""
        self._http.start_next_cycle()
        self._head, self._body = None, bytearray()

    def read(self) -> Received | None:
        """Give the request if it is complete; `None` if bytes are missing; raise `Refused`."""
        try:
            while True:
                match self._http.next_event():
                    case h11.Request() as head:
                        self._begin(head)
                    case h11.Data() as data:
                        self._extend(data.data)
                    case h11.EndOfMessage():
                        return self._describe(bytes(self._body))
                    case _:
                        return None
        except h11.RemoteProtocolError as error:
            raise self._refuse(error.error_status_hint, str(error)) from None

    def _begin(self, head: h11.Request) -> None:
        self._head = head
        if _measure(head) > LARGEST_HEAD:
            raise self._refuse(431, f"The head is longer than {LARGEST_HEAD} bytes.")
        if any(
            name == b"content-length" and int(value) > LARGEST_BODY for name, value in head.headers
        ):
            raise self._refuse_body()

    def _extend(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > LARGEST_BODY:
            raise self._refuse_body()

    def _refuse_body(self) -> Refused:
        return self._refuse(413, f"The body is longer than {LARGEST_BODY} bytes.")

    def _refuse(self, status: int, reason: str) -> Refused:
        return Refused(status, self._describe(refused=reason[:_LONGEST_REASON]))

    def _describe(self, body: bytes = b"", refused: str = "") -> Received:
        if self._head is None:
            return Received(self._number, refused=refused)
        return Received(
            self._number,
            self._head.method.decode(),
            self._head.target.decode(),
            tuple((name.decode(), value.decode("latin-1")) for name, value in self._head.headers),
            body,
            refused=refused,
        )


def _measure(head: h11.Request) -> int:
    headers = sum(len(name) + len(value) + len(": \r\n") for name, value in head.headers)
    return len(head.method) + len(head.target) + headers
