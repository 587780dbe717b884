"""Trace moments: what the trace recorder saw, put into the words of a trace.

Lanes are requests (those to one instance side by side), calls of the upstream, mails, what loggers
below `kata.` tell of, the database, other records and output, where the app stands, and the clock.
"""

import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..harness.evidence import (
    Cancelled,
    CutOff,
    Died,
    Event,
    Log,
    Mark,
    Moved,
    Output,
    Raised,
    Returned,
    Sent,
    Warned,
    Where,
)
from ..harness.failures import Location, read_locations
from ..harness.http_client import read_pairs
from ..harness.temporary_folders import RunFolder
from ..harness.trace_recorder import (
    Asked,
    Call,
    Ended,
    Handover,
    HungUp,
    MailAnswered,
    MailCame,
    MailLeft,
    Noted,
    Observation,
    Pushed,
    Replied,
    Stood,
)
from ..model.traces import LONGEST_TEXT, Edge, Moment
from .findings import hide_paths

_UNTOLD = ("host", "accept", "connection", "user-agent", "content-type", "content-length")
"""How the names of headers begin that say no more than that there are a client and a body."""
_ENDINGS = ("closed", "released", "returned")
"""Records with which what a logger tells of is over."""

_LONGEST_VALUE = 60
_SHOWN_BYTES = 4 * LONGEST_TEXT
_UNTOLD_RECORDS = ("Col (", "[generated", "[cached", "[no key", "[raw sql", "[caching", "[dialect")
"""How records of SQLAlchemy's begin with names of columns, or with parameters and a time."""
_COMMANDS = ("curl ", "websockets ")
"""How steps begin that are requests: these have moments of their own."""


def describe_moments(
    observations: Iterable[Observation], folder: RunFolder, instances: int
) -> list[Moment]:
    """Put what was seen into words; `instances` is the number of hosts that it is about."""
    narrator = _Narrator(folder, several=instances > 1)
    for observation in observations:
        narrator.tell(observation)
    return narrator.moments


class _Narrator:
    """Turns one observation after the other into moments, and joins what belongs together."""

    def __init__(self, folder: RunFolder, *, several: bool) -> None:
        self.moments: list[Moment] = []
        self._folder = folder
        self._several = several
        self._instance = 0
        self._requests: dict[tuple[int, int], str] = {}
        self._lanes: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._connections = itertools.count(1)
        self._open: set[str] = set()
        self._statuses: dict[str, str] = {}
        self._time: float | None = None

    def tell(self, observation: Observation) -> None:
        """Tell of one observation, if it is worth a moment."""
        self._instance = observation.instance
        match observation.subject:
            case Pushed(frame):
                self._tell_frame(frame)
            case Noted(text=text) | Mark(text=text):
                self._tell_step(text)
            case Stood(locations, cause):
                self._tell_place(locations, cause)
            case Ended(killed):
                self._tell_end(killed=killed)
            case Asked() | Replied() | HungUp() as call:
                self._tell_upstream(call)
            case MailCame() | MailAnswered() | MailLeft() as handover:
                self._tell_mail(handover)
            case event:
                self._tell_event(event)

    def _tell_step(self, text: str) -> None:
        if not text.startswith(_COMMANDS):
            self._add(text)

    def _tell_frame(self, frame: Mapping[str, Any]) -> None:
        """Tell what the grader's side does: it asks, sends, reads no more, leaves."""
        span = self._requests.get((self._instance, frame.get("call", 0)), "")
        match frame:
            case {"kind": "start", "call": number, "scope": scope}:
                self._begin_call(number, scope)
            case {"kind": "events", "events": events}:
                for event in events:
                    self._tell_pushed(span, event)
            case {"kind": "cancel"}:
                self._within(span, "is cancelled by the server")
            case {"kind": "hold", "held": held}:
                self._within(span, "its client stops reading" if held else "its client reads on")
            case {"kind": "sent", "error": str() as error}:
                self._within(span, f"the connection breaks: {error}")
            case {"kind": "settle", "seconds": seconds} if seconds:
                self._add(f"timers run as if {seconds:g} seconds had passed", lane="clock")

    def _begin_call(self, number: int, scope: Mapping[str, Any]) -> None:
        kind = scope.get("type")
        if kind not in ("http", "websocket"):
            return
        name = "request" if kind == "http" else "connection"
        count = next(self._numbers if kind == "http" else self._connections)
        span = f"{name} {count}"
        lane = f"{name}s to instance {self._instance}" if self._several else f"{name}s"
        self._requests[self._instance, number] = span
        self._lanes[span] = lane
        method = scope["method"] if kind == "http" else "WebSocket"
        query = scope["query_string"].decode("latin-1")
        target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        headers = "" if kind == "websocket" else _write_headers(scope["headers"])
        place = f" at instance {self._instance}" if self._several else ""
        self._begin(lane, span, f"{method} {target}{place}{headers}")

    def _tell_pushed(self, span: str, event: Mapping[str, Any]) -> None:
        match event:
            case {"type": "http.request", "body": bytes() as body} if body:
                self._join(span, Edge.BEGIN, _write_bytes(body), f"sends {_write_bytes(body)}")
            case {"type": "http.disconnect"}:
                self._within(span, "its client leaves")
            case {"type": "websocket.receive"}:
                self._within(span, f"client: {_write_message(event)}")
            case {"type": "websocket.disconnect"}:
                self._within(span, f"its client leaves, code {event.get('code')}")
            case {"type": "lifespan.shutdown"}:
                self._add("the server shuts down")

    def _tell_event(self, event: Event) -> None:
        """Tell what the app did, as its host reports it."""
        span = self._requests.get((self._instance, getattr(event, "call", None) or 0), "")
        match event:
            case Sent(event=sent):
                self._tell_sent(span, sent)
            case Returned() if span:
                self._finish(span, "is over")
            case Cancelled() if span:
                self._finish(span, "is over: it was cancelled")
            case Raised(error=error) if span:
                places = read_locations(error.locations)[-1:]
                self._finish(span, f"raises {error}{_write_places(places)}", joined=False)
            case Log():
                self._tell_record(event, span)
            case Warned():
                self._add(f"{event.category}: {event.message}", lane="log")
            case Output():
                for line in event.text.splitlines():
                    self._add(f"{event.stream}: {line}", lane="log")
            case CutOff():
                self._add("later records are left out", lane="log")
            case Where():
                pass  # what it says follows in `Stood`
            case Moved(at=at):
                self._tell_time(at)
            case Died(error=error):
                self._add(f"the event loop ends with {error}", lane="loop")

    def _tell_sent(self, span: str, sent: Mapping[str, Any]) -> None:
        if not span:
            return
        body = sent.get("body", b"")
        match sent:
            case {"type": "http.response.start"}:
                pairs = read_pairs(sent.get("headers", [])) or []
                self._within(span, f"answers {sent.get('status')}{_write_headers(pairs)}")
                self._statuses[span] = "started"
            case {"type": "http.response.body"} if isinstance(body, bytes) and body:
                text = _write_bytes(body)
                if self._statuses.pop(span, "") and not sent.get("more_body"):
                    self._join(span, Edge.WITHIN, text, f"sends {text}")
                else:
                    self._within(span, f"sends {text}")
            case {"type": "websocket.accept"}:
                self._within(span, "is accepted")
            case {"type": "websocket.send"}:
                self._within(span, f"app: {_write_message(sent)}")
            case {"type": "websocket.close"}:
                self._within(span, f"is closed by the app, code {sent.get('code', 1000)}")

    def _tell_record(self, log: Log, owner: str) -> None:
        if log.logger.startswith("sqlalchemy."):
            self._tell_database(log, owner)
            return
        lane, _, name = log.logger.partition(".")
        if lane != "kata":
            self._add(f"{log.level} {log.logger}: {log.message}", lane="log", owner=owner)
            return
        number = log.fields.get(name)
        more = {key: value for key, value in log.fields.items() if key != name}
        details = "".join(f", {key} {value}" for key, value in more.items())
        text = f"{log.message}{details}"
        if number is None:
            self._add(text, lane=name, owner=owner)
        elif log.message in _ENDINGS:
            self._finish(f"{name} {number}", text, lane=f"{name}s", owner=owner, joined=False)
        else:
            self._begin(f"{name}s", f"{name} {number}", text, owner)

    def _tell_database(self, log: Log, owner: str) -> None:
        """Tell of a statement once, however often it follows on itself, and count its rows."""
        text = " ".join(log.message.split())
        if not log.logger.startswith("sqlalchemy.engine") or text.startswith(_UNTOLD_RECORDS):
            return
        last = self.moments[-1] if self.moments else None
        is_after = last is not None and (last.lane, last.owner) == ("database", owner)
        if last is not None and is_after and text.startswith("Row ("):
            self.moments[-1] = last.model_copy(update={"rows": last.rows + 1})
        elif not text.startswith("Row ("):
            self._add(text, lane="database", owner=owner)

    def _tell_upstream(self, call: Call) -> None:
        span = f"call {call.number}"
        lane = "calls of the upstream"
        match call:
            case Asked(request=request):
                body = f" {_write_bytes(request.body)}" if request.body else ""
                pairs = [(n.encode(), v.encode("latin-1")) for n, v in request.headers]
                text = f"{request.method} {request.target}{_write_headers(pairs)}{body}"
                self._begin(lane, span, text)
            case Replied(reply=reply) if reply.fault is not None:
                words = reply.fault.name.lower().replace("_", " ")
                self._finish(span, f"gets no answer ({words})", lane=lane, joined=False)
            case Replied(reply=reply):
                is_whole = isinstance(reply.body, bytes)
                body = f" {_write_bytes(reply.body)}" if isinstance(reply.body, bytes) else ""
                words = "is answered" if is_whole else "gets the head of an answer,"
                self._finish(span, f"{words} {reply.status}{body}", lane=lane, joined=False)
            case HungUp():
                text = "is given up by its caller"
                self._finish(span, text, lane=lane, joined=False)

    def _tell_mail(self, handover: Handover) -> None:
        lane, span = "mails", f"mail {handover.number}"
        match handover:
            case MailCame(mail=mail):
                self._begin(lane, span, f"a mail to {', '.join(mail.recipients)}")
            case MailAnswered(line=line):
                text = f"is answered {line}" if line else "gets no answer (hang up)"
                self._finish(span, text, lane=lane, joined=False)
            case MailLeft():
                self._finish(span, "is given up by its sender", lane=lane, joined=False)

    def _tell_place(self, locations: tuple[Location, ...], cause: str) -> None:
        text = f"the app is silent: {cause}" if cause else "the app is silent"
        self._add(f"{text}{_write_places(locations)}", lane="loop")

    def _tell_end(self, *, killed: bool) -> None:
        name = f"instance {self._instance}" if self._several else "the app"
        text = f"{name} is killed (SIGKILL)" if killed else f"the process of {name} ends"
        self._add(text, lane="loop")
        for (instance, _), span in self._requests.items():
            if instance == self._instance and span in self._open:
                self._finish(span, "ends with its process", joined=False)

    def _tell_time(self, at: float) -> None:
        if at == self._time:
            return
        passed = "" if self._time is None else f", {at - self._time:g} seconds later"
        self._time = at
        moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        self._add(f"the clock shows {moment} UTC{passed}", lane="clock")

    def _begin(self, lane: str, span: str, text: str, owner: str = "") -> None:
        """Tell of a span that begins, or of something more in one that has begun."""
        edge = Edge.WITHIN if span in self._open else Edge.BEGIN
        self._add(text, lane=lane, span=span, edge=edge, owner=owner)
        self._open.add(span)

    def _within(self, span: str, text: str) -> None:
        if span:
            self._add(text, lane=self._lanes[span], span=span)

    def _finish(
        self, span: str, text: str, *, lane: str = "", owner: str = "", joined: bool = True
    ) -> None:
        """Tell of the end of a span; one that follows on its answer is `joined` with that."""
        lane = lane or self._lanes[span]
        last = self.moments[-1]
        if joined and last.span == span and last.edge is Edge.WITHIN and last.count == 1:
            self.moments[-1] = last.model_copy(update={"edge": Edge.END})
        else:
            edge = Edge.END if span in self._open else Edge.WITHIN
            self._add(text, lane=lane, span=span, edge=edge, owner=owner)
        self._open.discard(span)

    def _join(self, span: str, edge: Edge, text: str, alone: str) -> None:
        """Add a text to the last moment if that is this span's, else tell of it `alone`."""
        last = self.moments[-1] if self.moments else None
        if last is None or (last.span, last.edge) != (span, edge):
            self._within(span, alone)
        else:
            joined = Moment.model_validate({**last.model_dump(), "text": f"{last.text} {text}"})
            self.moments[-1] = joined

    def _add(self, text: str, **more: Any) -> None:
        """Add a moment; one that repeats the last one is counted."""
        moment = Moment(text=hide_paths(text, self._folder), **more)
        last = self.moments[-1] if self.moments else None
        if last is not None and last.model_copy(update={"count": 1, "rows": 0}) == moment:
            self.moments[-1] = last.model_copy(update={"count": last.count + 1})
        else:
            self.moments.append(moment)


def _write_headers(pairs: Iterable[tuple[bytes, bytes]]) -> str:
    """Write the headers that say more than that there is a client and a server."""
    shown = [
        f"{name.decode('latin-1')}: {_cut(value.decode('latin-1'))}"
        for name, value in pairs
        if not name.decode("latin-1").lower().startswith(_UNTOLD)
    ]
    return f" ({', '.join(shown)})" if shown else ""


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"


def _write_bytes(data: bytes) -> str:
    """Write the beginning of a body as text."""
    shown = data[:_SHOWN_BYTES].decode("utf-8", "backslashreplace").strip()
    return shown if shown else f"{len(data)} bytes of white space"


def _write_message(event: Mapping[str, Any]) -> str:
    text, data = event.get("text"), event.get("bytes")
    if isinstance(text, str):
        return text
    return _write_bytes(data) if isinstance(data, bytes) else "nothing"


def _write_places(locations: Iterable[Location]) -> str:
    """Write where the code of the app stands, one place after the other."""
    places = dict.fromkeys(f"{each.file}:{each.line}" for each in locations)
    return f" ({', '.join(places)})" if places else ""
