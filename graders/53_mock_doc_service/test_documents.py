"""Grader of 53_mock_doc_service: an embedder that holds texts, and processes that end meanwhile.

The worker may embed in any order, so no more than one text is waited for while it is held. Where a
state is expected, the app is asked again after each commit, as a page would: nothing is timed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from dojo.grader import (
    BASE_URL,
    Failure,
    Hosts,
    Oracle,
    SeededInputs,
    criterion,
    expect,
    expect_answer,
    open_client,
    start_request,
)
from dojo.harness.barriers import Barrier
from dojo.harness.database import Database
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Received, Reply, Upstream

Vector = list[float]

FORM = {"Content-Type": "multipart/form-data; boundary=X-katas"}
PAGE = "https://docs.example.com"
OTHER_ORIGINS = (
    *("https://docs.example.com.evil.test", "http://docs.example.com", "null"),
    *("https://docs.example.com:8443", "https://docs-example.com"),
)
MISSING = 4711
"""The number of no document."""
BUSY = "while the embedder has a text"
WORKER = "A queued document needs no further request."
FAULTS = (
    *(Reply.json({"detail": "down"}, 503), Reply.hang_up(), Reply.garbage()),
    *(Reply.text("nonsense"), Reply.json({"vector": "none"}), Reply.reset()),
)


def write_upload(user: str, name: str, text: str) -> httpx.Request:
    """Write the upload of a file."""
    headers = {"Cookie": f"session={user}-session", **FORM}
    files = {"file": (name, text.encode())}
    upload = httpx.Request("POST", f"{BASE_URL}/documents", files=files, headers=headers)
    upload.read()
    return upload


@dataclass(eq=False)
class Service:
    """The service, in one process at a time, and its embedder."""

    hosts: Hosts
    upstream: Upstream
    inputs: SeededInputs
    vectors: dict[str, Vector] = field(default_factory=dict)
    faults: dict[str, Reply] = field(default_factory=dict)
    """What the embedder does with some texts instead."""
    history: list[str] = field(default_factory=list)
    barrier: Barrier = field(default_factory=Barrier)

    async def start(self) -> None:
        """Start a process; it has to start whatever the embedder does."""
        self.host = await self.hosts.open(start=False)
        self.host.history = self.history
        self.history.append("# the app starts")
        await expect_answer(self.host, self.host.start(), f"to the start of the app {BUSY}")

    async def stop(self) -> None:
        """Shut the process down."""
        self.history.append("# the app shuts down")
        await expect_answer(self.host, self.host.stop(), f"to the shutdown {BUSY}")

    def kill(self) -> None:
        """Kill the process."""
        self.history.append("# the app is killed")
        self.host.kill()

    def draw_text(self) -> str:
        """Draw a text, for which the embedder has a vector."""
        text = f"{self.inputs.name()} {self.inputs.word()}\n"
        self.vectors[text] = [self.inputs.number() / 128 + 0.5 for _ in range(2)]
        return text

    def hold(self) -> None:
        """Have the embedder hold the texts that it gets from now on."""
        self.barrier = Barrier()
        self.upstream.on("POST", "/embeddings", self._answer, barrier=self.barrier)
        self.history.append("# the embedder holds the texts that it gets from now on")

    def release(self) -> None:
        """Have the embedder answer everything."""
        self.upstream.on("POST", "/embeddings", self._answer)
        self.barrier.open()
        self.history.append("# the embedder answers")

    def _answer(self, received: Received) -> Reply:
        text = read_text(received)
        fault = self.faults.get(text)
        known = text in self.vectors
        reply = Reply.json({"vector": self.vectors[text]}) if known else Reply.json({}, 400)
        return fault or reply

    async def expect_arrival(self, because: str = WORKER) -> None:
        """Expect that a text comes to the embedder and is held there."""
        try:
            await self.host.patience.wait(self.barrier.arrivals(1))
        except OutOfPatience:
            expected, seen = "a text at the embedder", "none comes"
            raise self.fails(expected, seen, because) from None

    def expect_texts(self, counts: Mapping[str, Sequence[int]], because: str) -> None:
        """Expect how often the embedder has got each text."""
        got = [read_text(each) for each in self.upstream.requests]
        for text, allowed in counts.items():
            if (count := got.count(text)) not in allowed:
                expected = (
                    f"the text {text!r} {' or '.join(map(str, allowed))} times at the embedder"
                )
                raise self.fails(expected, f"{count} times", because)

    async def ask(
        self, user: str, path: str, method: str = "GET", because: str = "", **headers: str
    ) -> httpx.Response:
        """Send a request, which is answered whatever the embedder does."""
        cookie = {"Cookie": f"session={user}-session"} if user else {}
        async with open_client(self.host) as client:
            sent = client.request(method, path, headers=cookie | headers)
            return await expect_answer(self.host, sent, BUSY, because)

    async def upload(self, user: str, text: str, name: str = "notes.txt") -> int:
        """Upload a text; give the number of its document."""
        async with open_client(self.host) as client:
            sent = client.send(write_upload(user, name, text))
            answer = await expect_answer(self.host, sent, BUSY)
        number = expect(answer).status(202).read_json("id")
        card = {"id": number, "name": name, "state": "queued", "vector": None}
        expect(answer).json(card | {"url": f"/documents/{number}"})
        return int(number) if isinstance(number, int) else 0

    async def expect_state(
        self, user: str, number: int, state: str, text: str = "", because: str = ""
    ) -> None:
        """Expect that a document gets into a state, and that it has the vector of a text."""
        length = len(self.history)

        async def look() -> httpx.Response:
            while True:
                commits = self._count_commits()
                del self.history[length:]
                answer = await self.ask(user, f"/documents/{number}")
                if expect(answer).status(200).read_json("state") == state:
                    return answer
                await self._wait_for_commit(commits)

        try:
            answer = await self.host.patience.wait(look())
        except OutOfPatience:
            answer = await self.ask(user, f"/documents/{number}")
        expect(answer).json_at("state", equals=state, because=because)
        expect(answer).json_at("vector", equals=self.vectors[text] if text else None)

    async def _wait_for_commit(self, commits: int) -> None:
        await self.host.evidence.until(lambda: self._count_commits() > commits)

    def _count_commits(self) -> int:
        return len(self.host.evidence.logs("kata.database", "committed"))

    def fails(self, expected: str, seen: str, because: str = "") -> Failure:
        """Make a failure about what happened so far."""
        return Failure(expected, seen, list(self.history), because)


def read_text(received: Received) -> str:
    """Give the text that was sent to the embedder."""
    value = received.json()
    return str(value.get("text")) if isinstance(value, dict) else ""


@pytest.fixture
async def service(hosts: Hosts, upstream: Upstream, inputs: SeededInputs) -> Service:
    """Give a service that has started."""
    service = Service(hosts, upstream, inputs)
    service.release()
    await service.start()
    service.history.clear()
    return service


@criterion(task=1)
async def test_documents_are_private(service: Service, database: Database) -> None:
    """Everybody gets their own documents, and those of others look like missing ones."""
    await service.stop()
    rows: list[dict[str, Any]] = []
    for number, user in enumerate(("asha", "ben", "asha", "ben", "ben"), start=11):
        row = {"id": number, "owner": user, "name": f"{service.inputs.word()}.md", "text": "x"}
        rows.append(row | {"state": "failed" if number == 12 else "done", "vector": "[0.5]"})
    rows[1]["vector"] = None
    database.insert("documents", rows)
    await service.start()
    for user in ("asha", "ben", "carla"):
        own = [show(row) for row in rows if row["owner"] == user]
        expect(await service.ask(user, "/documents")).status(200).json(own)
        for card in own:
            expect(await service.ask(user, f"/documents/{card['id']}")).status(200).json(card)
    calls = (("GET", "/documents/{}"), ("POST", "/documents/{}/retry"))
    for method, path in calls:
        for user, number in (("asha", 12), ("asha", 14), ("ben", 11), ("carla", 12)):
            missing = await service.ask(user, path.format(MISSING), method)
            expect(missing).status(404)
            seen = await service.ask(user, path.format(number), method)
            same = seen.text.replace(str(number), str(MISSING)) == missing.text
            if (seen.status_code, same) != (404, True):
                expected = f"the answer for the number {MISSING}: 404 {missing.text}"
                because = "Any other answer tells a stranger that there is such a document."
                raise expect(seen).fails(expected, f"{seen.status_code} {seen.text}", because)
    async with open_client(service.host) as client:
        expect(await client.send(write_upload("nobody", "a.md", "x"))).status(401)
    for method, path in (*calls, ("GET", "/documents")):
        expect(await service.ask("", path.format(12), method)).status(401)
        cookie = {"Cookie": "session=asha"}
        expect(await service.ask("", path.format(11), method, **cookie)).status(401)
    (stored,) = database.rows("SELECT state FROM documents WHERE id = 12")
    if stored["state"] != "failed":
        because = "Only its owner may retry a document."
        raise service.fails("document 12 failed in the table", str(stored["state"]), because)
    card = show(rows[1]) | {"state": "queued"}
    expect(await service.ask("ben", "/documents/12/retry", "POST")).status(202).json(card)


def show(row: dict[str, Any]) -> dict[str, Any]:
    """Show a row as its owner gets it."""
    more = {"vector": [0.5] if row["vector"] else None, "url": f"/documents/{row['id']}"}
    return {key: row[key] for key in ("id", "name", "state")} | more


@criterion(task=2)
async def test_page_reads_every_answer(service: Service) -> None:
    """The page may read all answers, with cookies, and other origins none."""
    requests = [("asha", "GET", "/documents", 200), ("", "GET", "/documents", 401)]
    requests += [("asha", "GET", f"/documents/{MISSING}", 404), ("asha", "GET", "/no", 404)]
    requests += [("asha", "DELETE", "/documents", 405), ("asha", "POST", "/documents", 422)]
    allow = "Access-Control-Allow-Origin"
    for user, method, path, status in requests:
        answer = await service.ask(user, path, method, Origin=PAGE)
        expect_cors(expect(answer).status(status).response)
        expect(await service.ask(user, path, method)).header(allow, None)
        for origin in OTHER_ORIGINS:
            answer = await service.ask(user, path, method, Origin=origin)
            expect(answer).status(status).header(allow, None)
    for method in ("GET", "POST"):
        asked = {"Access-Control-Request-Method": method}
        for path in ("/documents", "/documents/1/retry"):
            answer = await service.ask("", path, "OPTIONS", Origin=PAGE, **asked)
            expect_cors(expect(answer).status(200).response)
            listed = answer.headers.get("access-control-allow-methods", "")
            if method not in [each.strip() for each in listed.split(",")]:
                raise expect(answer).fails(f"'{method}' among the allowed methods", f"'{listed}'")
        for origin in OTHER_ORIGINS:
            answer = await service.ask("", "/documents", "OPTIONS", Origin=origin, **asked)
            expect(answer).header(allow, None)


def expect_cors(answer: httpx.Response) -> None:
    """Expect that the page may read an answer."""
    expect(answer).header("Access-Control-Allow-Origin", PAGE)
    because = "The page sends its cookie, so the browser asks for this header too."
    expect(answer).header("Access-Control-Allow-Credentials", "true", because)


@criterion(task=3)
async def test_answer_precedes_embedder(service: Service, database: Database) -> None:
    """A 202 is committed when it starts; the embedder works afterwards, and nobody waits for it."""
    texts = [service.draw_text() for _ in range(4)]
    service.hold()
    exchange = start_request(service.host, write_upload("asha", "a.md", texts[0]), stepped=True)
    sent = await expect_answer(service.host, exchange.next_sent(), BUSY)
    status = sent.event.get("status") if sent is not None else None
    if status != 202:
        raise service.fails("status 202", f"status {status}")
    if not database.rows("SELECT id FROM documents"):
        because = "If the process is killed now, the document is lost."
        raise service.fails("the document in the table when its 202 starts", "none", because)
    exchange.resume()
    exchange.accept()
    await exchange.wait_until_ended()
    await service.expect_arrival()
    expect(await service.ask("asha", "/documents")).status(200)
    numbers = [1]
    for user, text in zip(("asha", "ben", "asha"), texts[1:], strict=True):
        numbers.append(await service.upload(user, text))
    owners = ("asha", "asha", "ben", "asha")
    for number, user, state in zip(numbers, owners, ("running", *["queued"] * 3), strict=True):
        await service.expect_state(user, number, state, because=BUSY.capitalize() + ".")
    service.release()
    for number, user, text in zip(numbers, owners, texts, strict=True):
        await service.expect_state(user, number, "done", text, WORKER)
    text = service.draw_text()
    await service.expect_state("ben", await service.upload("ben", text), "done", text, WORKER)
    service.expect_texts(dict.fromkeys((*texts, text), (1,)), "Each was uploaded once.")


@criterion(task=3)
async def test_same_text_is_embedded_once(service: Service) -> None:
    """A text is paid for once, whoever uploads it, under whatever name, and however often."""
    text, other = service.draw_text(), service.draw_text()
    near, loud = text.strip(), text.upper()
    service.vectors |= {near: [0.25, *service.vectors[text]], loud: [0.75]}
    service.hold()
    numbers = [("asha", await service.upload("asha", text), text)]
    await service.expect_arrival()
    for user, name, each in (
        *(("ben", "b.md", text), ("asha", "notes.txt", other)),
        *(("asha", "c.txt", text), ("ben", "b.md", near), ("asha", "notes.txt", loud)),
    ):
        numbers.append((user, await service.upload(user, each, name), each))
    service.release()
    for user, number, each in numbers:
        await service.expect_state(user, number, "done", each)
    await service.stop()
    service.host.close()
    await service.start()
    for user in ("carla", "asha"):
        number = await service.upload(user, text, "again.txt")
        await service.expect_state(user, number, "done", text)
    because = "A document with this text is done, and each call of the embedder costs money."
    service.expect_texts(dict.fromkeys((text, other, near, loud), (1,)), because)


@criterion(task=4)
async def test_failed_document_is_retried(service: Service) -> None:
    """A document fails for itself, whatever `embed` raises, until its owner retries it."""
    failed = []
    for fault in FAULTS:
        text, good = service.draw_text(), service.draw_text()
        service.faults[text] = fault
        number = await service.upload("asha", text)
        await service.expect_state("asha", number, "failed", because="`embed` has raised.")
        because = "The worker goes on after a failure."
        await service.expect_state("ben", await service.upload("ben", good), "done", good, because)
        failed.append((number, text))
    await service.stop()
    service.host.close()
    await service.start()
    good = service.draw_text()
    done = await service.upload("asha", good)
    await service.expect_state("asha", done, "done", good)
    await service.host.settle()
    service.expect_texts({text: (1,) for _, text in failed}, "Only a retry queues it again.")
    service.hold()
    service.faults.clear()
    for number, _ in failed:
        await service.expect_state("asha", number, "failed", because="Nobody has retried it.")
        path = f"/documents/{number}/retry"
        answer = await service.ask("asha", path, "POST")
        expect(answer).status(202).json_at("state", equals="queued")
        if number == failed[0][0]:
            await service.expect_arrival()
    for number, state in ((failed[0][0], "running"), (failed[1][0], "queued"), (done, "done")):
        expect(await service.ask("asha", f"/documents/{number}/retry", "POST")).status(409)
        await service.expect_state("asha", number, state, good if state == "done" else "")
    service.release()
    for number, text in failed:
        await service.expect_state("asha", number, "done", text, "It was retried.")
    await service.host.settle()
    because = "It was tried twice: the second time because of a retry."
    service.expect_texts({text: (2,) for _, text in failed} | {good: (1,)}, because)


@criterion(task=4)
async def test_restart_resumes_unfinished_work(service: Service) -> None:
    """After a kill the next start deals with what was queued or running, and waits for nothing."""
    texts = [service.draw_text() for _ in range(3)]
    service.hold()
    numbers = [await service.upload("asha", texts[0])]
    await service.expect_arrival()
    numbers += [await service.upload("asha", text) for text in texts[1:]]
    for number, state in zip(numbers, ("running", "queued", "queued"), strict=True):
        await service.expect_state("asha", number, state)
    for _ in range(2):
        service.kill()
        await service.barrier.emptied()
        service.hold()
        await service.start()
        await service.expect_arrival("Documents are left that were queued or running.")
        expect(await service.ask("asha", "/documents")).status(200)
    service.release()
    for number, text in zip(numbers, texts, strict=True):
        await service.expect_state("asha", number, "done", text, "The process was killed.")


@criterion(task=4)
async def test_shutdown_hands_work_back(service: Service, database: Database) -> None:
    """Shutting down does not wait for the embedder; its document is queued, and done later."""
    texts = [service.draw_text() for _ in range(2)]
    service.hold()
    numbers = [await service.upload("ben", texts[0])]
    await service.expect_arrival()
    numbers += [await service.upload("ben", texts[1])]
    for number, state in zip(numbers, ("running", "queued"), strict=True):
        await service.expect_state("ben", number, state)
    await service.stop()
    states = [row["state"] for row in database.rows("SELECT state FROM documents ORDER BY id")]
    if states != ["queued", "queued"]:
        expected = "both documents queued in the table, once the app has shut down"
        because = "The embedder has not answered for either, and the next start begins with them."
        raise service.fails(expected, " and ".join(map(str, states)), because)
    service.host.close()
    service.release()
    await service.start()
    for number, text in zip(numbers, texts, strict=True):
        await service.expect_state("ben", number, "done", text, "The app was shut down before.")


@criterion(task=1)
async def test_any_request_keeps_rules(oracle: Oracle) -> None:
    """Whatever is uploaded or asked for, documents, statuses and refusals are as promised."""
    await oracle.compare()
