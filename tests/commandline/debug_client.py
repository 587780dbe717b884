"""A client of the Debug Adapter Protocol, as an editor has one: enough to stop at a line."""

import itertools
import json
import socket
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LONGEST_WAIT = 120.0


class DebugClient:
    """Attached to a program that waits at a port of this machine, inside a `with`."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), LONGEST_WAIT)
        self._stream = self._socket.makefile("rb")
        self._numbers = itertools.count(1)
        self._events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        self._socket.close()

    def attach(self, file: Path, line: int) -> None:
        """Attach with a breakpoint at a line, and let the program begin."""
        self.ask("initialize", adapterID="debugpy", pathFormat="path")
        self.send("attach", justMyCode=True)  # its answer comes when the adapter likes
        self.wait_for("initialized")
        source = {"path": str(file)}
        self.ask("setBreakpoints", source=source, breakpoints=[{"line": line}])
        self.ask("configurationDone")

    def find_stop(self) -> tuple[str, int]:
        """Wait until the program has stopped; give the file and the line."""
        thread = self.wait_for("stopped")["threadId"]
        frame = self.ask("stackTrace", threadId=thread, levels=1)["stackFrames"][0]
        self._thread, self._frame = thread, frame["id"]
        return frame["source"]["path"], frame["line"]

    def evaluate(self, expression: str) -> str:
        """Give the value of an expression where the program has stopped."""
        answer = self.ask("evaluate", expression=expression, frameId=self._frame)
        return str(answer["result"])

    def go_on(self) -> None:
        """Let the program go on."""
        self.ask("continue", threadId=self._thread)

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        return self._read_response(self.send(command, **arguments))

    def send(self, command: str, **arguments: Any) -> int:
        """Send a request; give its number."""
        number = next(self._numbers)
        request = {"seq": number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(request).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return number

    def wait_for(self, event: str) -> dict[str, Any]:
        """Wait for an event; give what it says."""
        while True:
            for found in self._events:
                if found["event"] == event:
                    self._events.remove(found)
                    body: dict[str, Any] = found.get("body") or {}
                    return body
            self._keep(self._read())

    def _read_response(self, number: int) -> dict[str, Any]:
        while (message := self._read()).get("request_seq") != number:
            self._keep(message)
        assert message["success"], message
        body: dict[str, Any] = message.get("body") or {}
        return body

    def _keep(self, message: dict[str, Any]) -> None:
        if message["type"] == "event":
            self._events.append(message)

    def _read(self) -> dict[str, Any]:
        length = 0
        while header := self._stream.readline().strip():
            length = int(header.rpartition(b":")[2])
        assert length, "The program has left."
        message: dict[str, Any] = json.loads(self._stream.read(length))
        return message
