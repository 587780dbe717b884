"""The server: real uvicorn on a listening socket that the grader passed, where a kata needs one."""

import asyncio
import contextlib
import socket
from collections.abc import Generator
from typing import Any

from .frames import Frame
from .recorder import Recorder


class Server:
    """Serve the application with uvicorn beside the relay, on the same event loop."""

    def __init__(self, application: Any, recorder: Recorder, listeners: list[int]) -> None:
        self._application = application
        self._recorder = recorder
        self._listeners = listeners
        self._task: asyncio.Task[None] | None = None

    def start(self, frame: Frame) -> None:
        """Start uvicorn with the grader's `options` and say when it has ended."""
        self._task = asyncio.get_running_loop().create_task(self._serve(frame["options"]))

    async def _serve(self, options: dict[str, Any]) -> None:
        import uvicorn

        class EmbeddedServer(uvicorn.Server):
            @contextlib.contextmanager
            def capture_signals(self) -> Generator[None, None, None]:
                yield  # signals stay the host's own

        config = uvicorn.Config(self._application, log_config=None, **options)
        server = EmbeddedServer(config)
        sockets = [socket.socket(fileno=descriptor) for descriptor in self._listeners]
        await server.serve(sockets=sockets)
        self._recorder.write({"kind": "served", "started": server.started})
