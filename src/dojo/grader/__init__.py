"""The grader's side of the wall: what graders are written with.

A grader imports its words from here; a submission's code never runs in this process.
"""

from ..harness.evidence import Evidence, Log, Mark, Matcher, Sent, Warned
from ..harness.failures import Failure, Location, SubmissionError
from ..harness.hosts import Exchange, Host
from ..harness.http_client import BASE_URL, exchange_of, finish, open_client, start_request
from ..harness.websocket_client import WebSocket, open_websocket
from .answers import Answers
from .commands import CommandRun, Commands
from .disclosures import list_said, list_written, read_refusal
from .expectations import (
    call_ended,
    expect,
    expect_events,
    logged,
    marked,
    response_ended,
    response_started,
    same_json,
)
from .fixtures import Hosts, SeededInputs
from .oracle import Oracle
from .plugin import criterion
from .rendezvous import Rendezvous, expect_answer, meet, send_together
from .sql_statements import Statement, count_checked_out, expect_statements, read_statements
from .suite_runs import SuiteRun
from .suites import Suite, find_survivors
from .traffic import (
    Change,
    Connect,
    Draw,
    Freedom,
    Hold,
    Labs,
    Leave,
    Message,
    Pause,
    Release,
    Request,
    Start,
    Step,
    Together,
    Traffic,
    request,
)
from .versions import Version, read_versions

__all__ = [
    "BASE_URL",
    "Answers",
    "Change",
    "CommandRun",
    "Commands",
    "Connect",
    "Draw",
    "Evidence",
    "Exchange",
    "Failure",
    "Freedom",
    "Hold",
    "Host",
    "Hosts",
    "Labs",
    "Leave",
    "Location",
    "Log",
    "Mark",
    "Matcher",
    "Message",
    "Oracle",
    "Pause",
    "Release",
    "Rendezvous",
    "Request",
    "SeededInputs",
    "Sent",
    "Start",
    "Statement",
    "Step",
    "SubmissionError",
    "Suite",
    "SuiteRun",
    "Together",
    "Traffic",
    "Version",
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
    "list_said",
    "list_written",
    "logged",
    "marked",
    "meet",
    "open_client",
    "open_websocket",
    "read_refusal",
    "read_statements",
    "read_versions",
    "request",
    "response_ended",
    "response_started",
    "same_json",
    "send_together",
    "start_request",
]
