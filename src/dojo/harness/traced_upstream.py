"""The traced upstream: an upstream that tells of each call, when it comes and when it ends."""

import asyncio
import itertools
import socket
from functools import partial

from .trace_recorder import Asked, HungUp, Replied, See
from .upstream import Upstream
from .upstream_protocol import Answer, Received, Reply


class TracedUpstream(Upstream):
    """An upstream that shows its calls, numbered from 1."""

    def __init__(self, listener: socket.socket, see: See) -> None:
        super().__init__(listener)
        self._see = see
        self._numbers = itertools.count(1)

    def take(self, request: Received) -> Answer:
        """Keep a request, show it, and give the way to its reply."""
        answer = super().take(request)
        number = next(self._numbers)
        self._see(Asked(number, request))
        return partial(self._await_reply, number, answer)

    async def _await_reply(self, number: int, answer: Answer) -> Reply:
        try:
            reply = await answer()
        except asyncio.CancelledError:
            self._see(HungUp(number))
            raise
        self._see(Replied(number, reply))
        return reply
