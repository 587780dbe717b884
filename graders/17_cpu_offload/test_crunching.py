"""Grader of 17_cpu_offload: the bench holds every crunch, so that nothing is timed.

Each crunch tells the bench in which process it runs. It keeps the GIL until the bench answers.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Exchange,
    Failure,
    Host,
    Hosts,
    Location,
    Oracle,
    SeededInputs,
    SubmissionError,
    criterion,
    expect,
    expect_answer,
    open_client,
    send_together,
    start_request,
)
from dojo.grader.expectations import describe_response
from dojo.grader.rendezvous import SECONDS
from dojo.harness.barriers import Barrier
from dojo.harness.http_client import DISCONNECT
from dojo.harness.patience import OutOfPatience
from dojo.harness.processes import read_own_number, wait_until_ended
from dojo.harness.upstream import Received, Script, Upstream
from dojo.harness.upstream_protocol import Reply

Task = asyncio.Task[httpx.Response]

WORKERS, MAX_QUEUE = 2, 3
"""What the given settings say if the platform says nothing else."""
RETRY_AFTER = "5"
BUSY = {"detail": "All workers are busy."}
LOST = {"detail": "The worker was lost."}
NO_MEMORY = Reply.json({}, 507)
LOSSES = 3
LEAVERS = 2
OWN_PROCESS = "A crunch keeps the GIL of its process. The server needs its own for itself."
KEPT = "A process is expensive to start. Workers serve one request after another."
BOUND = "There are `get_workers()` workers and `get_max_queue()` places for those who wait."
AS_BEFORE = "What went wrong before must not cost a worker or a place in the queue."
UNKNOWN = "Nobody knows this error, so it must not look like one that is known."
GIVEN_UP = "A client that gives up has no place in the queue any more."
RUNNING = "A crunch cannot be stopped. Its worker is busy, whoever still listens."
LONG = 600
"""Seconds that a crunch may take: more than any patience of the app's own."""
GONE_SECONDS = 1
"""Within so many seconds a client that has given up is forgotten."""
END_SECONDS = 1.0
"""Undisturbed seconds in which a process that is told to end has ended."""


@dataclass
class Bench:
    """What is crunched, in which processes, and the barrier that holds it."""

    upstream: Upstream
    gate: Barrier = field(default_factory=Barrier)

    def hold(self, reply: Script | None = None, photo: str = "{photo}") -> Barrier:
        """Hold from now on who crunches this photo, or any; give the barrier."""
        barrier = Barrier()
        self.upstream.on("POST", f"/crunches/{photo}", reply or self.answer, barrier=barrier)
        if reply is None:
            self.gate = barrier
        return barrier

    def answer(self, request: Received) -> Reply:
        """Answer a crunch that has its way."""
        return Reply.json(show(request.path_parameters["photo"]))

    @property
    def calls(self) -> Counter[str]:
        """Count how often each photo was crunched."""
        return Counter(each.path.rpartition("/")[2] for each in self.upstream.requests)

    @property
    def numbers(self) -> set[str]:
        """Give the processes that crunched, by the numbers that they have for themselves."""
        return {each.header("x-pid") or "" for each in self.upstream.requests}


def show(photo: str) -> dict[str, Any]:
    """Give the thumbnail of a photo."""
    return {"photo": f"small {photo}", "width": 7 * len(photo), "height": 5}


@pytest.fixture
def bench(upstream: Upstream) -> Bench:
    """Give a bench that holds everybody."""
    bench = Bench(upstream)
    bench.hold()
    return bench


def order(client: httpx.AsyncClient, photo: str) -> httpx.Request:
    """Write the request for a thumbnail."""
    return client.build_request("POST", "/thumbnails", json={"photo": photo})


async def send(host: Host, client: httpx.AsyncClient, photos: Sequence[str]) -> dict[str, Task]:
    """Ask for thumbnails of several photos at the same moment."""
    tasks = await send_together(host, *(client.send(order(client, photo)) for photo in photos))
    return dict(zip(photos, tasks, strict=True))


async def wait_for(
    host: Host, bench: Bench, tasks: dict[str, Task], inside: int, answered: int, because: str
) -> None:
    """Wait until so many photos are being crunched, and so many requests are answered."""

    async def watch() -> None:
        await bench.gate.arrivals(inside)
        while sum(task.done() for task in tasks.values()) < answered:
            under_way = [task for task in tasks.values() if not task.done()]
            await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)

    cause = ""
    where: Sequence[Location] = ()
    try:
        await host.patience.wait(watch(), SECONDS)
    except OutOfPatience:
        where = await host.where()
        cause = host.cause and f": {host.cause}"
    done = [task.result() for task in tasks.values() if task.done()]
    if bench.gate.waiting < inside or len(done) != answered:
        expected = f"{count(inside)} being crunched, and answers so far: {answered}"
        seen = f"{count(bench.gate.waiting)} being crunched, and answers so far: {len(done)}"
        shown = f" ({describe_response(done[0])})" if done else ""
        seen += f"{shown}{cause}"
        raise Failure(expected, seen, list(host.history), because, tuple(where))


def count(photos: int) -> str:
    """Write a number of photos."""
    return "1 photo" if photos == 1 else f"{photos} photos"


async def part(host: Host, bench: Bench, tasks: dict[str, Task]) -> dict[str, httpx.Response]:
    """Let every crunch have its way; give all answers."""
    bench.gate.open()
    host.history.append("# all crunches have their way")
    try:
        answers = await host.patience.wait(asyncio.gather(*tasks.values()))
    except OutOfPatience:
        message = "The app does not answer all requests, although every crunch can be done."
        raise host.error("hang", message, await host.where()) from None
    return dict(zip(tasks, answers, strict=True))


def expect_answers(
    bench: Bench, answers: dict[str, httpx.Response], refused: int = 0, because: str = ""
) -> None:
    """Expect thumbnails, and so many refusals; each thumbnail was crunched once for itself."""
    left = [answer for answer in answers.values() if answer.status_code == 503]
    for photo, answer in answers.items():
        is_refused = answer in left[:refused]
        if not is_refused:
            expect(answer).status(200, because).json(show(photo))
        calls = bench.calls[photo]
        if calls != (not is_refused):
            wanted = f"'{photo}' is crunched {'not at all' if is_refused else 'once'}"
            raise expect(answer).fails(wanted, f"it is crunched {calls} times")
    if len(left) < refused:
        raise expect(next(iter(answers.values()))).fails(
            f"answers with 503: {refused}", f"answers with 503: {len(left)}", because
        )


async def expect_room(
    host: Host,
    client: httpx.AsyncClient,
    bench: Bench,
    inputs: SeededInputs,
    room: tuple[int, int] = (WORKERS, MAX_QUEUE),
    because: str = BOUND,
) -> httpx.Response:
    """Expect room for so many who are crunched and who wait; give the refusal of one more."""
    workers, max_queue = room
    bench.hold()
    host.history[:] = [f"# {workers + max_queue + 1} photos at the same moment"]
    tasks = await send(host, client, [inputs.word() for _ in range(workers + max_queue + 1)])
    await wait_for(host, bench, tasks, workers, 1, because)
    answers = await part(host, bench, tasks)
    expect_answers(bench, answers, refused=1, because=because)
    return next(answer for answer in answers.values() if answer.status_code == 503)


@criterion(task=1)
async def test_health_answers_during_crunches(
    client: httpx.AsyncClient, host: Host, bench: Bench, inputs: SeededInputs
) -> None:
    """`/health` answers while all workers are busy and others wait for one."""
    photos = [inputs.word() for _ in range(WORKERS + MAX_QUEUE)]
    tasks = await send(host, client, photos)
    with contextlib.suppress(OutOfPatience):
        await host.patience.wait(bench.gate.arrivals(WORKERS), SECONDS)
    moment = "while photos are crunched"
    health = await expect_answer(host, client.get("/health"), moment, OWN_PROCESS)
    expect(health).status(200).json({"status": "ok"})
    await wait_for(host, bench, tasks, WORKERS, 0, BOUND)
    host.history.append(f"# {LONG} seconds later")
    await host.settle(seconds=LONG)
    await wait_for(host, bench, tasks, WORKERS, 0, "Nothing limits the time of a crunch.")
    expect_answers(bench, await part(host, bench, tasks))


@criterion(task=1)
async def test_crunches_use_kept_processes(
    hosts: Hosts, bench: Bench, inputs: SeededInputs
) -> None:
    """As many photos as there are workers are crunched at once, each in a process that is kept."""
    for workers, max_queue in ((3, 6), (1, 4)):
        host = await hosts.open(WORKERS=str(workers), MAX_QUEUE=str(max_queue))
        bench.upstream.requests.clear()
        bench.hold()
        async with open_client(host) as client:
            host.history.append(f"# there are {workers} workers")
            tasks = await send(host, client, [inputs.word() for _ in range(workers + max_queue)])
            for answered in range(max_queue + 1):
                await wait_for(host, bench, tasks, workers, answered, BOUND)
                bench.gate.release(1)
            expect_answers(bench, await part(host, bench, tasks))
            expect_processes(host, bench, workers)
            peak = bench.gate.peak
            if peak > workers:
                raise Failure(
                    f"at most {count(workers)} being crunched at once",
                    f"{count(peak)} being crunched at once",
                    list(host.history),
                )
            photo = inputs.word()
            for calls in (1, 2):
                response = await client.send(order(client, photo))
                expect(response).status(200).json(show(photo))
                if bench.calls[photo] != calls:
                    expected = f"'{photo}' is crunched for each request: {calls} times by now"
                    raise expect(response).fails(expected, f"{bench.calls[photo]} times")
            for _ in range(workers + 1):
                photo = inputs.word()
                bench.hold(Reply.json({"reason": "It is empty."}, 422), photo).open()
                await client.send(order(client, photo))
            expect_processes(host, bench, workers)


def expect_processes(host: Host, bench: Bench, workers: int) -> None:
    """Expect that the crunches ran in processes of the app, and in no more than so many."""
    started = set(map(str, host.list_started()))
    if str(read_own_number(host.pid)) in bench.numbers:
        expected, seen = "crunches in other processes than the server's", "crunches in the server's"
        raise Failure(expected, seen, list(host.history), OWN_PROCESS)
    if not bench.numbers <= started:
        seen = f"{len(bench.numbers - started)} of {len(bench.numbers)} have ended"
        raise Failure("crunches in processes that still run", seen, list(host.history), KEPT)
    if len(bench.numbers) > workers:
        expected = f"crunches in no more than {workers} processes"
        seen = f"crunches in {len(bench.numbers)} processes"
        raise Failure(expected, seen, list(host.history), KEPT)


@criterion(task=2)
async def test_full_queue_answers_503(hosts: Hosts, bench: Bench, inputs: SeededInputs) -> None:
    """Who finds all workers busy and the queue full gets 503 at once; who waits is served."""
    for room in ((WORKERS, MAX_QUEUE), (1, 0), (3, 2)):
        host = await hosts.open(WORKERS=str(room[0]), MAX_QUEUE=str(room[1]))
        async with open_client(host) as client:
            for _ in range(2):
                refused = await expect_room(host, client, bench, inputs, room)
                expect(refused).status(503).json(BUSY).header("retry-after", RETRY_AFTER)


@criterion(task=2)
async def test_leavers_keep_no_place(
    client: httpx.AsyncClient, host: Host, bench: Bench, inputs: SeededInputs
) -> None:
    """A client that gives up frees its place in the queue, but no worker before it is done."""
    for _ in range(2):
        await expect_queue_left(host, client, bench, inputs)
    host.history.clear()
    bench.hold()
    running = inputs.word()
    leaver = start_request(host, order(client, running))
    tasks = await send(host, client, [inputs.word() for _ in range(WORKERS - 1)])
    await wait_for(host, bench, tasks, WORKERS, 0, BOUND)
    leave(host, leaver, running)
    await host.settle(seconds=GONE_SECONDS)
    tasks |= await send(host, client, [inputs.word() for _ in range(MAX_QUEUE + 1)])
    await wait_for(host, bench, tasks, WORKERS, 1, RUNNING)
    expect_answers(bench, await part(host, bench, tasks), 1, RUNNING)
    await expect_room(host, client, bench, inputs)


async def expect_queue_left(
    host: Host, client: httpx.AsyncClient, bench: Bench, inputs: SeededInputs
) -> None:
    """Expect that two who wait and give up have no place any more, and are not served."""
    host.history.clear()
    bench.hold()
    tasks = await send(host, client, [inputs.word() for _ in range(WORKERS)])
    await wait_for(host, bench, tasks, WORKERS, 0, BOUND)
    leavers = {
        photo: start_request(host, order(client, photo))
        for photo in (inputs.word() for _ in range(LEAVERS))
    }
    tasks |= await send(host, client, [inputs.word() for _ in range(MAX_QUEUE - LEAVERS)])
    await host.settle()
    for photo, leaver in leavers.items():
        leave(host, leaver, photo)
        with contextlib.suppress(SubmissionError):
            await leaver.wait_until_ended()
    await host.settle(seconds=GONE_SECONDS)
    tasks |= await send(host, client, [inputs.word() for _ in range(LEAVERS + 1)])
    await wait_for(host, bench, tasks, WORKERS, 1, GIVEN_UP)
    expect_answers(bench, await part(host, bench, tasks), 1, GIVEN_UP)
    for photo in leavers:
        if bench.calls[photo]:
            seen = f"'{photo}' is crunched"
            raise Failure(f"'{photo}' is not crunched", seen, list(host.history), GIVEN_UP)


def leave(host: Host, exchange: Exchange, photo: str) -> None:
    """Let the client of a request give up."""
    host.history.append(f"# the client that asked for '{photo}' gives up")
    exchange.push(DISCONNECT)


@criterion(task=3)
async def test_unreadable_photo_is_422(
    client: httpx.AsyncClient, host: Host, bench: Bench, inputs: SeededInputs
) -> None:
    """An unreadable photo is a 422 with the reason, another error a 500; no place is lost."""
    for _ in range(WORKERS + MAX_QUEUE):
        photo, reason = inputs.word(), f"{inputs.name()} is missing."
        bench.hold(Reply.json({"reason": reason}, 422), photo).open()
        response = await client.send(order(client, photo))
        expect(response).status(422).json({"detail": reason})
        photo = inputs.word()
        bench.hold(Reply.hang_up(), photo).open()
        expect(await client.send(order(client, photo))).status(500, UNKNOWN)
    await expect_room(host, client, bench, inputs, because=AS_BEFORE)


@criterion(task=3)
async def test_lost_worker_is_503(
    client: httpx.AsyncClient, host: Host, bench: Bench, inputs: SeededInputs
) -> None:
    """A worker that ends amid a crunch is a 503 without a second try, and is replaced."""
    for _ in range(LOSSES):
        host.history.clear()
        bench.hold()
        lethal = inputs.word()
        gate = bench.hold(NO_MEMORY, lethal)
        tasks = await send(host, client, [lethal, *(inputs.word() for _ in range(WORKERS - 1))])
        await wait_for(host, bench, tasks, WORKERS - 1, 0, BOUND)
        await expect_inside(host, gate, lethal)
        tasks |= await send(host, client, [inputs.word()])
        gate.open()
        host.history.append(f"# the process that crunches '{lethal}' takes too much memory")
        response = await expect_end(host, tasks[lethal])
        expect_lost(response)
        answers = await part(host, bench, tasks)
        for photo, answer in answers.items():
            if photo != lethal and answer.status_code == 503:
                expect_lost(answer)
            elif photo != lethal:
                expect(answer).status(200).json(show(photo))
        if bench.calls[lethal] != 1:
            expected = f"'{lethal}' is crunched once"
            raise expect(response).fails(expected, f"{bench.calls[lethal]} times")
    await expect_room(host, client, bench, inputs, because=AS_BEFORE)


async def expect_inside(host: Host, gate: Barrier, photo: str) -> None:
    """Expect that a photo is being crunched."""
    try:
        await host.patience.wait(gate.arrivals(1), SECONDS)
    except OutOfPatience:
        where = await host.where()
        seen = "it is not" + (host.cause and f": {host.cause}")
        raise Failure(f"'{photo}' is being crunched", seen, host.history, BOUND, where) from None


async def expect_end(host: Host, task: Task) -> httpx.Response:
    """Expect an answer to the request whose worker is lost, from a server that is not."""
    seen = "no answer: nobody notices that the worker is gone"
    where: Sequence[Location] = ()
    try:
        return await host.patience.wait(task)
    except OutOfPatience:
        where = await host.where()
    except SubmissionError as error:
        if error.kind == "crash":
            seen = "the process that ends is the server's"
        elif error.kind != "hang":
            raise
        where = error.where
    raise Failure("an answer with 503", seen, list(host.history), "", tuple(where))


def expect_lost(answer: httpx.Response) -> None:
    """Expect the answer of a request whose worker was lost."""
    expect(answer).status(503).json(LOST)
    if "retry-after" in answer.headers:
        because = "Who comes back with that photo costs us the next worker."
        seen = f"'Retry-After: {answer.headers['retry-after']}'"
        raise expect(answer).fails("no header 'Retry-After'", seen, because)


@criterion(task=4)
async def test_processes_end_with_app(hosts: Hosts, bench: Bench, inputs: SeededInputs) -> None:
    """No process is there before the app starts, none after it has stopped; it starts again."""
    host = await hosts.open(start=False)
    if started := host.list_started():
        seen = f"processes before the app is started: {len(started)}"
        raise Failure("no process before the app is started", seen, list(host.history))
    async with open_client(host) as client:
        for number in (1, 2):
            await host.start()
            await expect_room(host, client, bench, inputs)
            lethal = inputs.word()
            bench.hold(NO_MEMORY, lethal).open()
            await expect_end(host, asyncio.create_task(client.send(order(client, lethal))))
            await client.send(order(client, inputs.word()))
            started = host.list_started()
            host.history.append(f"# the app is stopped: {number}")
            await host.stop()
            left = [pid for pid in started.values() if not wait_until_ended(pid, END_SECONDS)]
            if left or host.list_started():
                seen = f"processes that are left: {len(left)}"
                raise Failure("no process after the app has stopped", seen, list(host.history))


@criterion(task=4)
async def test_any_requests_keep_promises(oracle: Oracle) -> None:
    """Whatever is asked for, and whatever becomes of it, the answer is the promised one."""
    await oracle.compare()
