"""The grader's side of the wall: what graders are written with.

A grader imports its words from here; a submission's code never runs in this process.
"""

from ..wall.evidence import Evidence, Log, Mark, Sign, Warned
from ..wall.exchanges import Exchange
from ..wall.failures import Failure, Place, SubmissionError
from ..wall.hosts import Host
from ..wall.transport import open_client
from ..wall.websockets import WebSocket, open_websocket
from .criteria import criterion
from .draws import Draw
from .expectations import expect, expect_events, same_json
from .fixtures import Hosts
from .signs import call_ended, logged, marked, response_ended, response_started

__all__ = [
    "Draw",
    "Evidence",
    "Exchange",
    "Failure",
    "Host",
    "Hosts",
    "Log",
    "Mark",
    "Place",
    "Sign",
    "SubmissionError",
    "Warned",
    "WebSocket",
    "call_ended",
    "criterion",
    "expect",
    "expect_events",
    "logged",
    "marked",
    "open_client",
    "open_websocket",
    "response_ended",
    "response_started",
    "same_json",
]
