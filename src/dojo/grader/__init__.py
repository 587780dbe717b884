"""The grader's side of the wall: what graders are written with.

A grader imports its words from here; a submission's code never runs in this process.
"""

from ..wall.evidence import Evidence, Log, Mark, Sent, Sign, Warned
from ..wall.exchanges import Exchange
from ..wall.failures import Failure, Place, SubmissionError
from ..wall.hosts import Host
from ..wall.transport import BASE_URL, exchange_of, finish, open_client, start_request
from ..wall.websockets import WebSocket, open_websocket
from .answers import Answers
from .criteria import criterion
from .draws import Draw
from .expectations import expect, expect_events, same_json
from .fixtures import Hosts
from .meetings import Meeting, expect_answer, meet, send_together
from .mutants import Mutant, find_survivors, read_mutants
from .runs import SuiteRun
from .signs import call_ended, logged, marked, response_ended, response_started
from .statements import Statement, count_checked_out, expect_statements, read_statements
from .suites import Suite, read_app

__all__ = [
    "BASE_URL",
    "Answers",
    "Draw",
    "Evidence",
    "Exchange",
    "Failure",
    "Host",
    "Hosts",
    "Log",
    "Mark",
    "Meeting",
    "Mutant",
    "Place",
    "Sent",
    "Sign",
    "Statement",
    "SubmissionError",
    "Suite",
    "SuiteRun",
    "Warned",
    "WebSocket",
    "call_ended",
    "count_checked_out",
    "criterion",
    "exchange_of",
    "expect",
    "expect_answer",
    "expect_events",
    "expect_statements",
    "find_survivors",
    "finish",
    "logged",
    "marked",
    "meet",
    "open_client",
    "open_websocket",
    "read_app",
    "read_mutants",
    "read_statements",
    "response_ended",
    "response_started",
    "same_json",
    "send_together",
    "start_request",
]
