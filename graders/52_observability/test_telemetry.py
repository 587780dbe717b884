"""Grader of 52_observability: what `/metrics` says of requests, the slow ones, and their traces.

The clock of the app moves by what a request asks for, so durations are known to the last digit. All
of them are multiples of 1/64, which add up without an error.
"""

import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from dojo.grader import (
    BASE_URL,
    Exchange,
    Failure,
    Host,
    Log,
    Oracle,
    SeededInputs,
    criterion,
    expect,
    finish,
    open_client,
    start_request,
)
from dojo.grader.rendezvous import SECONDS
from dojo.harness.barriers import Barrier
from dojo.harness.http_client import DISCONNECT
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Upstream
from dojo.harness.upstream_protocol import Reply

DURATION, IN_FLIGHT = "http_request_duration_seconds", "http_requests_in_flight"
KINDS = {DURATION: "histogram", IN_FLIGHT: "gauge"}
NAMES = ("method", "route", "status")
BOUNDS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, float("inf"))
STEP = 1 / 64
STAR, IMAGES, DOME = "/stars/{star_id}", "/nights/{night}/images", "/admin/domes/{dome_id}"
SKY, EXPOSURES = "/sky/{place}", "/exposures"
REPORTS = "kata.observatory"
TRACE = re.compile(r"(?!0{32})[0-9a-f]{32}")
TRACEPARENT = re.compile(r"00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-[0-9a-f]{2}")
LONGEST = 256 * 1024
"""Characters of metrics that the grader reads."""


def count_into_buckets(durations: Sequence[float]) -> dict[str, float]:
    """Give what a histogram says of durations, by the name of the column."""
    found = {f"{bound:g}": float(sum(each <= bound for each in durations)) for bound in BOUNDS}
    return found | {"_count": float(len(durations)), "_sum": sum(durations)}


def describe_columns(columns: dict[str, float] | None) -> str:
    """Write what a histogram says as a sentence."""
    if columns is None:
        return "nothing"
    total, number = columns.get("_sum"), columns.get("_count")
    buckets = [f"{name}: {value:g}" for name, value in columns.items() if not name.startswith("_")]
    listed = ", ".join(buckets).replace("inf", "+Inf")
    return f"count {number}, sum {total}, and in the buckets {listed}"


def parse(text: str) -> tuple[dict[str, dict[str, float]], list[float]]:
    """Read the histogram by its labels, and the gauge; `ValueError` if they are not as promised."""
    series: dict[str, dict[str, float]] = {}
    gauges: list[float] = []
    for family in text_string_to_metric_families(text[:LONGEST]):
        if family.type != KINDS.get(family.name, family.type):
            kind = KINDS[family.name]
            raise ValueError(f"'{family.name}' is no {kind}: its type is '{family.type}'")
        for sample in family.samples if family.name in KINDS else ():
            labels, column = dict(sample.labels), sample.name.removeprefix(DURATION)
            if family.name == IN_FLIGHT:
                gauges += [] if labels else [float(sample.value)]
            elif column != "_created":
                if column == "_bucket":
                    column = f"{float(labels.pop('le')):g}"
                key = " ".join(labels.pop(each, f"(no {each})") for each in NAMES)
                if labels or column in series.setdefault(key, {}):
                    raise ValueError(f"too many labels, or twice the same ones: '{sample}'")
                series[key][column] = float(sample.value)
    return {key: each for key, each in series.items() if each.get("_count")}, gauges


async def read_metrics(host: Host) -> tuple[dict[str, dict[str, float]], list[float]]:
    """Ask for the metrics; `Failure` if they are not in the right form."""
    async with open_client(host) as client:
        response = await finish(await client.get("/metrics"))
    expect(response).status(200)
    kind = response.headers.get("content-type", "")
    if not kind.startswith("text/plain"):
        raise Failure("the content type 'text/plain'", f"'{kind}'", host.history[-1:])
    try:
        return parse(response.text)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        seen = f"{type(error).__name__}: {error}"
        raise Failure("metrics as Prometheus reads them", seen, host.history[-2:]) from None


class Ledger:
    """What the metrics of a host should be."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._durations: dict[str, list[float]] = {}

    def add(self, labels: str, seconds: float = 0) -> None:
        """Note that a request with these labels is over, and how long it took."""
        self._durations.setdefault(labels, []).append(seconds)

    async def expect(self, because: str = "", in_flight: int | None = None) -> None:
        """Expect this histogram and no other series of it, and perhaps this gauge."""
        series, gauges = await read_metrics(self.host)
        did = self.host.history[-4:]
        expected = {labels: count_into_buckets(each) for labels, each in self._durations.items()}
        for labels in (*expected, *series):
            right, seen = expected.get(labels), series.get(labels)
            if right != seen:
                shown = describe_columns(seen)
                if seen is None:
                    others = list(series)[-3:]
                    shown += f"; there is {' and '.join(others)}" if others else ""
                raise Failure(f"of {labels}: {describe_columns(right)}", shown, did, because)
        if in_flight is not None and gauges != [in_flight]:
            shown = " and ".join(f"{each:g}" for each in gauges) or "no such gauge"
            raise Failure(f"'{IN_FLIGHT} {in_flight}'", shown, did, because)


@pytest.fixture
def ledger(host: Host) -> Ledger:
    """Give what the metrics should be: nothing yet."""
    return Ledger(host)


async def ask(host: Host, path: str, method: str = "GET", **more: Any) -> httpx.Response:
    """Send a request, and wait until the app is done with it, background tasks included."""
    async with open_client(host) as client:
        return await finish(await client.request(method, path, **more))


def set_services(upstream: Upstream, barrier: Barrier | None = None, *, keeps: bool = True) -> None:
    """Let the services answer, most of them behind a barrier."""
    upstream.on("GET", "/weather/{place}", Reply.json("clear"), barrier=barrier)
    upstream.on("GET", "/nights/{night}/{number}", Reply.json("dark"))
    upstream.on("GET", "/nights/{night}/3", Reply.json("dark"), barrier=barrier)
    upstream.on("POST", "/images", Reply.json({}, 200 if keeps else 500), barrier=barrier)


async def hold(
    host: Host, upstream: Upstream, path: str, method: str = "GET", body: Any = None, **headers: str
) -> tuple[Exchange, Barrier]:
    """Send a request that a service holds: the weather, or the archive."""
    barrier = Barrier()
    set_services(upstream, barrier)
    request = httpx.Request(method, f"{BASE_URL}{path}", headers=headers, json=body)
    exchange = start_request(host, request)
    try:
        await host.patience.wait(barrier.arrivals(1), SECONDS)
    except OutOfPatience:
        expected = "that a service is asked"
        raise Failure(expected, "none is", list(host.history), "", await host.where()) from None
    host.history.append("# a service does not answer yet, which is asked for this request")
    return exchange, barrier


async def expect_parts(host: Host, exchange: Exchange, number: int) -> None:
    """Expect the head of a stream and so many parts of it."""
    for _ in range(1 + number):
        try:
            await host.patience.wait(exchange.next_sent(), SECONDS)
        except OutOfPatience:
            expected = f"{number} images, while the next one is not there yet"
            raise Failure(expected, "fewer are sent", list(host.history)) from None


@criterion(task=1)
async def test_buckets_hold_every_duration(
    host: Host, ledger: Ledger, inputs: SeededInputs
) -> None:
    """The histogram has each duration in the right buckets, by route."""
    await ledger.expect()
    around = [bound + each for bound in BOUNDS[:-1] for each in (-STEP, 0, STEP)]
    for seconds in inputs.sample(around, len(around)):
        path, route = inputs.choice((("/stars/7", STAR), ("/admin/domes/4", DOME)))
        expect(await ask(host, f"{path}?seconds={seconds}")).status(200)
        ledger.add(f"GET {route} 2xx", seconds)
    ledger.add(f"GET {STAR} 2xx", 60)
    await ask(host, "/stars/8?seconds=60")
    await ledger.expect("The clock moves by the seconds that a request asks for.")


@criterion(task=1)
async def test_labels_come_from_routes(host: Host, ledger: Ledger, inputs: SeededInputs) -> None:
    """Labels are few: the route and never the path, known methods, classes of status."""
    for number in inputs.sample(range(20, 500), 12):
        await ask(host, f"/stars/{number}?name={inputs.word()}")
        ledger.add(f"GET {STAR} 2xx")
        await ask(host, f"/admin/domes/{number}")
        ledger.add(f"GET {DOME} 2xx")
        await ask(host, f"/{inputs.word()}/{number}")
        await ask(host, f"/admin/{inputs.word()}")
        ledger.add("GET unmatched 4xx")
        ledger.add("GET unmatched 4xx")
    await ledger.expect("Each new path would be a series of its own.")
    for method in ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PURGE"):
        for path, route in (("/stars/7", STAR), ("/admin/domes/4", DOME)):
            expect(await ask(host, path, method)).status(405)
            known = method in ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
            ledger.add(f"{method if known else 'OTHER'} {route} 4xx")
    for path, method in (("/health", "GET"), ("/health?x=1", "GET"), ("/health", "PUT")):
        await ask(host, path, method)
    await ledger.expect()
    for path in ("/admin/health", "/admin/metrics"):
        await ask(host, path)
        ledger.add("GET unmatched 4xx")
    await ledger.expect("Only the paths '/metrics' and '/health' are not measured.")


@criterion(task=2)
async def test_every_end_counts_once(host: Host, ledger: Ledger, upstream: Upstream) -> None:
    """Errors and crashes are counted once, and the time of a background task is not."""
    crash = "A crash is counted as well."
    set_services(upstream)
    for path, labels, seconds, because in (
        ("/stars/501?seconds=0.5", f"GET {STAR} 4xx", 0.5, ""),
        ("/stars/first?seconds=0.5", f"GET {STAR} 4xx", 0, ""),
        ("/stars/13?seconds=0.25", f"GET {STAR} 5xx", 0.25, crash),
        ("/nights/13/images?seconds=0.25", f"GET {IMAGES} 5xx", 0.75, "The stream crashes."),
        ("/nights/9/images?seconds=0.25", f"GET {IMAGES} 2xx", 1, ""),
    ):
        await ask(host, path)
        ledger.add(labels, seconds)
        await ledger.expect(because, in_flight=0)
    for keeps in (True, False):
        set_services(upstream, keeps=keeps)
        words = "works" if keeps else "fails"
        host.history.append(f"# the archive {words}, which the background task asks")
        body = {"star_id": 7, "seconds": 0.5}
        answer = await ask(host, EXPOSURES, "POST", json=body)
        expect(answer).status(201).json(body)
        ledger.add(f"POST {EXPOSURES} 2xx", 0.5)
        await ledger.expect("The answer is sent before the background task.", in_flight=0)


@criterion(task=2)
async def test_stream_counts_at_its_end(host: Host, ledger: Ledger, upstream: Upstream) -> None:
    """A request is in flight until its last byte, and is counted then with all of its time."""
    await ledger.expect("No request has come yet.", in_flight=0)
    exchange, barrier = await hold(host, upstream, "/nights/9/images?seconds=0.5")
    await expect_parts(host, exchange, 2)
    await ledger.expect("The stream goes on.", in_flight=1)
    barrier.open()
    await exchange.wait_until_ended()
    ledger.add(f"GET {IMAGES} 2xx", 2)
    await ledger.expect(in_flight=0)
    exchange, barrier = await hold(host, upstream, "/sky/Oslo?seconds=0.25")
    await ask(host, "/stars/7?seconds=1")
    ledger.add(f"GET {STAR} 2xx", 1)
    await ledger.expect("A request waits for the weather.", in_flight=1)
    barrier.open()
    await exchange.wait_until_ended()
    ledger.add(f"GET {SKY} 2xx", 1.25)
    await ledger.expect(in_flight=0)
    body = {"star_id": 7, "seconds": 0.5}
    exchange, barrier = await hold(host, upstream, EXPOSURES, "POST", body)
    ledger.add(f"POST {EXPOSURES} 2xx", 0.5)
    await ledger.expect("The answer is sent, and the background task goes on.", in_flight=0)
    barrier.open()
    await exchange.wait_until_ended()
    await ledger.expect(in_flight=0)


@criterion(task=2)
async def test_aborted_requests_are_counted(host: Host, ledger: Ledger, upstream: Upstream) -> None:
    """Streams whose client leaves and requests that are cancelled are counted as aborted."""
    for leaves in (True, False):
        exchange, barrier = await hold(host, upstream, "/nights/9/images?seconds=0.25")
        what = "the client leaves" if leaves else "the server cancels the request"
        host.history.append(f"# {what}")
        exchange.push(DISCONNECT) if leaves else exchange.cancel()
        await exchange.wait_until_ended()
        barrier.open()
        ledger.add(f"GET {IMAGES} aborted", 0.75)
        await ledger.expect("Nobody gets the rest of the stream.", in_flight=0)
    exchange, barrier = await hold(host, upstream, "/sky/Oslo?seconds=0.5")
    await ledger.expect(in_flight=1)
    exchange.cancel()
    host.history.append("# the server cancels the request")
    await exchange.wait_until_ended()
    ledger.add(f"GET {SKY} aborted", 0.5)
    await ledger.expect("The request has ended without an answer.", in_flight=0)
    barrier.open()
    exchange, barrier = await hold(host, upstream, "/sky/Oslo?seconds=0.5")
    exchange.push(DISCONNECT)
    host.history.append("# the client leaves")
    await host.settle()
    barrier.open()
    await exchange.wait_until_ended()
    ledger.add(f"GET {SKY} 2xx", 0.5)
    await ledger.expect("The app has sent all of this answer.", in_flight=0)


def expect_slow(host: Host, route: str, seconds: float, queries: int, number: int) -> None:
    """Expect the record of a slow request, which is the newest of so many."""
    logs = host.evidence.logs("app.slow")
    did = host.history[-3:]
    if len(logs) != number:
        expected = f"{number} slow requests in the log 'app.slow'"
        raise Failure(expected, f"{len(logs)}", did, "This request took more than one second.")
    expected_fields = {"route": route, "seconds": seconds, "queries": queries}
    seen = {name: logs[-1].fields.get(name) for name in expected_fields}
    if seen != expected_fields or logs[-1].level != "WARNING":
        expected = f"the level WARNING and the fields {expected_fields}"
        raise Failure(expected, f"the level {logs[-1].level} and the fields {seen}", did)


@criterion(task=3)
async def test_slow_requests_are_logged(
    host: Host, upstream: Upstream, inputs: SeededInputs
) -> None:
    """Slow requests are logged with route, duration and queries, and with nothing secret."""
    query, token = inputs.word(5), inputs.word(5)
    headers = {"Authorization": f"Bearer {token}"}
    more = inputs.randint(2, 9)
    set_services(upstream)
    for path in ("/stars/7?seconds=1&neighbours=9", "/health", "/nights/8/images?seconds=0.25"):
        await ask(host, path)
    await ask(host, EXPOSURES, "POST", json={"star_id": 7, "seconds": 1})
    if logs := host.evidence.logs("app.slow"):
        seen = f"one with the fields {logs[0].fields}"
        because = "None of them took more than a second."
        raise Failure("no slow request in the log", seen, host.history[-4:], because)
    number = 0
    for path, route, seconds, queries in (
        (f"/stars/7?seconds=1.25&neighbours={more}&token={query}", STAR, 1.25, more + 1),
        (f"/stars/13?seconds=3&token={query}", STAR, 3, 1),
        (f"/nights/8/images?seconds=0.5&token={query}", IMAGES, 2, 0),
        (f"/admin/domes/4?seconds={1 + STEP}&token={query}", DOME, 1 + STEP, 0),
    ):
        await ask(host, path, headers=headers)
        expect_slow(host, route, seconds, queries, number := number + 1)
    await ask(host, EXPOSURES, "POST", json={"star_id": 7, "seconds": 1.5})
    expect_slow(host, EXPOSURES, 1.5, 1, number := number + 1)
    exchange, barrier = await hold(host, upstream, "/nights/8/images?seconds=0.5")
    exchange.push(DISCONNECT)
    host.history.append("# this client leaves")
    await exchange.wait_until_ended()
    barrier.open()
    expect_slow(host, IMAGES, 1.5, 0, number := number + 1)
    exchange, barrier = await hold(host, upstream, f"/sky/Oslo?seconds=2&token={query}", **headers)
    await ask(host, f"/stars/7?seconds=2&neighbours={more}&token={query}")
    expect_slow(host, STAR, 2, more + 1, number := number + 1)
    barrier.open()
    await exchange.wait_until_ended()
    host.history.append("# the weather service answers")
    expect_slow(host, SKY, 4, 2, number + 1)
    for log in host.evidence.logs("app.slow"):
        expect_no_secret(host, log, query, token)


def expect_no_secret(host: Host, log: Log, *secrets: str) -> None:
    """Expect that none of these words is in a record."""
    for name, value in (("message", log.message), *log.fields.items()):
        for secret in secrets:
            if secret in str(value):
                expected = "nothing of the query string or of 'Authorization' in the record"
                seen = f"{secret} in its {name}: {str(value)[:200]}"
                raise Failure(expected, seen, host.history[-3:])


def draw_trace(inputs: SeededInputs) -> tuple[str, str]:
    """Draw ids of a trace and of a span."""
    return f"{inputs.getrandbits(127) + 1:032x}", f"{inputs.getrandbits(63) + 1:016x}"


def expect_trace(host: Host, upstream: Upstream, number: int, reports: int, calls: int) -> str:
    """Expect one trace in the newest reports and calls; give its id and those of the spans."""
    logs, did = host.evidence.logs(REPORTS)[-reports:], host.history[-3:]
    ids = [str(log.fields.get("trace_id")) for log in logs]
    asked = upstream.requests[number : number + calls]
    if (len(logs), len(asked)) != (reports, calls):
        seen = f"{len(logs)} reports, and {len(asked)} calls of a service"
        raise Failure(f"{reports} reports, and {calls} calls of a service", seen, did)
    if not TRACE.fullmatch(ids[0]):
        raise Failure("the id of a trace in the report", f"'{ids[0]}'", did)
    for call in asked:
        header = str(call.header("traceparent"))
        found = TRACEPARENT.fullmatch(header)
        if found is None:
            raise Failure("'traceparent' in the form of task 4", f"'{header}'", did)
        ids.append(found[1])
    if len(set(ids)) > 1:
        steps = [log.message for log in logs] + ["the call of the service"] * calls
        seen = "; ".join(f"{step}: {each}" for step, each in zip(steps, ids, strict=True))
        raise Failure("one trace for all of a request", seen, did)
    return ids[0]


@criterion(task=4)
async def test_trace_holds_request_together(
    host: Host, upstream: Upstream, inputs: SeededInputs
) -> None:
    """The route, its background task and calls of services are in one trace, that of the caller."""
    set_services(upstream)
    seen: set[str] = set()
    (one, span), (other, _) = draw_trace(inputs), draw_trace(inputs)
    begun = [f"00-{one}-{span}-01", f"00-{other}-{span}-00"]
    for header, right in zip(begun, (one, other), strict=True):
        number = len(upstream.requests)
        headers = {"traceparent": header}
        await ask(host, EXPOSURES, "POST", json={"star_id": 7, "seconds": 0}, headers=headers)
        found = expect_trace(host, upstream, number, reports=2, calls=1)
        if found != right:
            raise Failure(f"the trace {right} of the caller", found, host.history[-2:])
        parent = TRACEPARENT.fullmatch(str(upstream.requests[number].header("traceparent")))
        if parent is not None and parent[2] == span:
            because = "They are the caller's own call, and not ours."
            raise Failure("other 16 digits than the caller's", span, host.history[-2:], because)
        seen.add(found)
    bad = (f"00-{'0' * 32}-{span}-01", f"00-{one[1:]}-{span}-01", f"00-{one}-{span}", "x")
    for sent in (None, None, *bad):
        headers = {} if sent is None else {"traceparent": sent}
        number = len(upstream.requests)
        await ask(host, "/sky/Oslo", headers=headers)
        found = expect_trace(host, upstream, number, reports=2, calls=1)
        if found in seen:
            raise Failure("a new trace", f"{found} again", host.history[-2:])
        seen.add(found)
    exchange, barrier = await hold(host, upstream, "/sky/Kiel", traceparent=begun[0])
    await ask(host, "/stars/7", headers={"traceparent": begun[1]})
    if (found := expect_trace(host, upstream, 0, reports=1, calls=0)) != other:
        raise Failure(f"the trace {other}", found, host.history[-3:])
    barrier.open()
    await exchange.wait_until_ended()
    if (found := expect_trace(host, upstream, 0, reports=1, calls=0)) != one:
        because = "Another request was answered meanwhile."
        raise Failure(f"the trace {one} after the weather", found, host.history[-3:], because)


@criterion(task=4)
async def test_any_requests_are_told_right(oracle: Oracle) -> None:
    """Metrics, slow requests and traces are right for any requests, in any order."""
    await oracle.compare()
