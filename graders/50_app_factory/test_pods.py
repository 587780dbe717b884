"""Grader of 50_app_factory: what a pod starts and stops, and what its probes say meanwhile.

The bench, a given file, runs the lifespans and tells what the resources did. A step that waits is
held there until the criterion lets it go on, so each order is certain.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from dojo.grader import Failure, Host, Oracle, SeededInputs, criterion, expect

Faults = Mapping[str, str | None]

NAMES = ("db", "cache", "worker", "admin")
STARTS = [f"{name}.start" for name in NAMES]
STOPS = [f"{name}.stop" for name in reversed(NAMES)]
ALL = [*STARTS, "cache.warm_up"]
"""What a pod does at its start if nothing fails."""
MINUTES = 40 * 60.0


class Pod:
    """One pod on the bench, and what is expected of it."""

    def __init__(self, client: httpx.AsyncClient, shop: str) -> None:
        self._client = client
        self.shop = shop

    async def make(self, faults: Faults) -> httpx.Response:
        """Make the pod."""
        return await self._client.put(f"/bench/{self.shop}", json=faults)

    async def change(self, faults: Faults) -> httpx.Response:
        """Change what fails and what waits."""
        return await self._client.patch(f"/bench/{self.shop}", json=faults)

    async def command(self, command: str) -> httpx.Response:
        """Start, stop or cancel the pod."""
        return await self._client.post(f"/bench/{self.shop}/{command}")

    async def begin(self, faults: Faults, did: Sequence[str] = ALL) -> None:
        """Make and start a pod, and expect that it runs."""
        expect_report(await self.make(faults), "made", [])
        expect_report(await self.command("start"), "running", did)

    async def probe(self, ready: bool, because: str) -> None:
        """Expect that the pod is alive, and what it says of being ready."""
        alive = "A pod that is not alive is ended and started again."
        expect(await self._ask("live")).status(200, alive).json({"status": "live"})
        answer = await self._ask("ready")
        expect(answer).status(200 if ready else 503, because)
        if ready:
            expect(answer).json({"status": "ready"})

    async def drain(self) -> None:
        """Tell the pod that it will be stopped."""
        expect(await self._client.post(f"/pods/{self.shop}/drain")).status(204)

    async def expect_admin(self) -> None:
        """Expect that the admin app works."""
        answer = await self._ask("admin/log")
        expect(answer).status(200).json([f"The log of {self.shop} is open."])

    async def _ask(self, path: str) -> httpx.Response:
        return await self._client.get(f"/pods/{self.shop}/{path}")


def expect_report(
    response: httpx.Response,
    state: str,
    did: Sequence[str],
    errors: Sequence[str] = (),
    because: str = "",
) -> None:
    """Expect what a pod did and what it does now, and which errors its traceback shows."""
    expect(response).status(200)
    found: dict[str, Any] = {
        key: expect(response).read_json(key) for key in ("did", "state", "errors")
    }
    wanted = {"did": list(did), "state": state, "errors": sorted(errors)}
    words = {
        "did": "the resources did this: {}",
        "state": "the pod is '{}'",
        "errors": "the traceback of the lifespan shows these errors: {}",
    }
    for key, text in words.items():
        if found[key] != wanted[key]:
            expected, seen = _say(text, wanted[key]), _say(text, found[key])
            raise Failure(expected, seen, response.extensions["did"], because)  # no line is wrong


def _say(text: str, value: Any) -> str:
    return text.format(value if isinstance(value, str) else ", ".join(value) or "nothing")


def fail(shop: str, steps: Sequence[str]) -> list[str]:
    """Give the errors of these steps."""
    return [f"{step} of {shop} fails" for step in steps]


@criterion(task=1)
async def test_resources_stop_in_reverse(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """All four start one after the other, and stop in the reverse order."""
    pod = Pod(client, inputs.word())
    await pod.begin({})
    await pod.expect_admin()
    expect_report(await pod.command("stop"), "stopped", STOPS)
    held = Pod(client, inputs.word())
    because = "Each waits until the one before it is done."
    await held.make({"cache.start": "waits", "worker.stop": "waits"})
    did = ["db.start", "cache.start waits"]
    expect_report(await held.command("start"), "starting", did, because=because)
    expect_report(await held.change({"cache.start": None}), "running", ALL[1:])
    did = ["admin.stop", "worker.stop waits"]
    expect_report(await held.command("stop"), "stopping", did, because=because)
    expect_report(await held.change({"worker.stop": None}), "stopped", STOPS[1:])


@criterion(task=1)
async def test_pods_share_nothing(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Neither the import nor `create_app` starts anything, and pods do not touch each other."""
    one, other = Pod(client, inputs.word()), Pod(client, inputs.word())
    for pod in (one, other):
        made = await pod.make({})
        expect_report(made, "made", [])
        if logs := host.evidence.logs("kata.resources"):
            seen = f"a resource reports '{logs[0].message}'"
            raise expect(made).fails("that nothing starts before a lifespan runs", seen)
    for pod in (one, other):
        expect_report(await pod.command("start"), "running", ALL)
    because = "It has resources of its own."
    await one.change({"db.run": "fails"})
    await one.probe(False, "Its database is down.")
    await other.probe(True, because)
    await one.drain()
    expect_report(await one.command("stop"), "stopped", STOPS)
    await other.probe(True, because)
    await other.expect_admin()
    expect_report(await other.command("stop"), "stopped", STOPS, because=because)


@criterion(task=2)
async def test_failed_start_stops_others(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """If a start fails, what started before is stopped in reverse, and the lifespan fails."""
    because = "What has started is open, and nobody else will stop it."
    for number, step in enumerate(STARTS):
        pod = Pod(client, inputs.word())
        await pod.make({step: "fails"})
        did = [*STARTS[:number], f"{step} fails", *STOPS[len(STOPS) - number :]]
        seen = await pod.command("start")
        expect_report(seen, "start failed", did, fail(pod.shop, [step]), because)
    pod = Pod(client, inputs.word())
    await pod.make({"worker.start": "fails", "cache.stop": "fails"})
    did = ["db.start", "cache.start", "worker.start fails", "cache.stop fails", "db.stop"]
    errors = fail(pod.shop, ["worker.start", "cache.stop"])
    expect_report(await pod.command("start"), "start failed", did, errors, because)


@criterion(task=2)
async def test_failed_stop_stops_others(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """If stops fail, the others are stopped all the same, and the traceback shows each error."""
    for steps in (*([step] for step in STOPS), ["worker.stop", "db.stop"]):
        pod = Pod(client, inputs.word())
        await pod.begin(dict.fromkeys(steps, "fails"))
        did = [f"{step} fails" if step in steps else step for step in STOPS]
        because = "Each error is a resource that somebody has to look after."
        seen = await pod.command("stop")
        expect_report(seen, "stop failed", did, fail(pod.shop, steps), because)


@criterion(task=2)
async def test_cancelled_lifespan_stops_all(
    client: httpx.AsyncClient, inputs: SeededInputs
) -> None:
    """A lifespan that is cancelled, in a start or later, stops what it has started."""
    because = "A cancellation is an exception, too, at whatever the lifespan waits for."
    pod = Pod(client, inputs.word())
    await pod.begin({})
    expect_report(await pod.command("cancel"), "cancelled", STOPS, because=because)
    pod = Pod(client, inputs.word())
    await pod.begin({"cache.warm_up": "waits"}, [*STARTS, "cache.warm_up waits"])
    did = ["cache.warm_up is cancelled", *STOPS]
    expect_report(await pod.command("cancel"), "cancelled", did, because=because)
    pod = Pod(client, inputs.word())
    await pod.make({"worker.start": "waits"})
    did = ["db.start", "cache.start", "worker.start waits"]
    expect_report(await pod.command("start"), "starting", did)
    did = ["worker.start is cancelled", "cache.stop", "db.stop"]
    expect_report(await pod.command("cancel"), "cancelled", did, because=because)


@criterion(task=3)
async def test_start_awaits_no_warm_up(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """The pod runs while the cache is warmed up; a stop cancels that first, and waits for it."""
    waits = [*STARTS, "cache.warm_up waits"]
    pod = Pod(client, inputs.word())
    await pod.begin({"cache.warm_up": "waits"}, waits)
    await host.settle(seconds=MINUTES)
    expect_report(await pod.change({}), "running", [], because="A warm-up takes minutes.")
    await pod.probe(False, "The warm-up has not ended.")
    did = ["cache.warm_up is cancelled", *STOPS]
    because = "The warm-up uses what is stopped then."
    expect_report(await pod.command("stop"), "stopped", did, because=because)
    pod = Pod(client, inputs.word())
    await pod.begin({"cache.warm_up": "waits"}, waits)
    expect_report(await pod.change({"cache.warm_up": None}), "running", ["cache.warm_up"])
    await pod.probe(True, "The warm-up has ended.")
    pod = Pod(client, inputs.word())
    await pod.begin({"cache.warm_up": "fails"}, [*STARTS, "cache.warm_up fails"])
    await pod.probe(False, "The warm-up has failed.")
    expect_report(await pod.command("stop"), "stopped", STOPS)


@criterion(task=4)
async def test_ready_tells_the_truth(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A pod is alive at any time, and ready if it can serve customers now and will do so."""
    pod = Pod(client, inputs.word())
    await pod.make({"admin.start": "waits", "admin.stop": "waits"})
    await pod.probe(False, "It is not started.")
    await pod.command("start")
    await pod.probe(False, "It is starting.")
    expect_report(await pod.change({"admin.start": None}), "running", ["admin.start", ALL[-1]])
    for _ in range(4):
        await pod.probe(True, "Each request gives its connection back; there are three.")
    for step in ("db.connect", "db.run", "cache.ping"):
        await pod.change({step: "fails"})
        for _ in range(4):
            await pod.probe(False, f"{step} fails.")
        await pod.change({step: None})
        await pod.probe(True, "All work again, and each connection was given back.")
    await pod.command("stop")
    await pod.probe(False, "It is stopping.")
    await pod.change({"admin.stop": None})
    await pod.probe(False, "It is stopped.")
    pod = Pod(client, inputs.word())
    expect(await pod.command("start")).status(200).json_at("state", equals="running")
    await pod.drain()
    await pod.drain()
    await pod.probe(False, "It was drained: it will be stopped soon.")
    await pod.expect_admin()


@criterion(task=4)
async def test_any_life_keeps_promises(oracle: Oracle) -> None:
    """Pods do and say the right thing in any life, also when several live at a time."""
    await oracle.compare()
