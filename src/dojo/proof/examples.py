"""Examples: the requests of a statement, sent to the solution, and what the statement prints.

An example is a `curl` command in a code block, followed in it by an answer that begins with
`HTTP/`. Where the answer holds `…`, anything may stand. Sessions and commands without a printed
status are left out. The upstream answers what `[[demo]]` of the kata says, at once, and a mail
server takes mails.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import httpx

from ..grader.expectations import same_json
from ..grader.fixtures import LabSet, open_labs
from ..harness.failures import SubmissionError
from ..harness.hosts import Host
from ..harness.http_client import open_client
from ..harness.snapshot_process import ExecLauncher, open_snapshot
from ..harness.temporary_folders import open_run_folder
from ..harness.upstream import Script
from ..harness.upstream_protocol import Received, Reply
from ..model.catalogue import DemoAnswer, Kata, fill
from ..model.staging import stage
from ..runner.grading import make_import_request
from .curl_commands import ExampleUnreadable, make_request

ANYTHING = "…"

_FENCED = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^(?: {4,}.*)?\n)+", re.MULTILINE)
_COMMAND = re.compile(r"^\s*(?:\$ )?(curl (?:.*\\\n)*.*)\n", re.MULTILINE)
_HEADER = re.compile(r"([\w-]+): (.*)")


@dataclass(frozen=True)
class Example:
    """A command of a statement and the answer that it prints; the header names are lower-case."""

    command: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


def read_examples(statement: str) -> Iterator[Example]:
    """Read the examples of a statement in their order; `ExampleUnreadable` for a bad status."""
    blocks = [*_FENCED.findall(statement), *_INDENTED.findall(_FENCED.sub("", statement))]
    for block in sorted(blocks, key=statement.find):
        starts = list(_COMMAND.finditer(block))
        ends = [*(each.start() for each in starts), len(block)][1:]
        for start, end in zip(starts, ends, strict=True):
            command = " ".join(start[1].replace("\\\n", " ").split())
            lines = [line.strip() for line in block[start.end() : end].strip().splitlines()]
            if lines and lines[0].startswith("HTTP/"):
                yield _read_answer(command, lines)


def _read_answer(command: str, lines: Sequence[str]) -> Example:
    status = lines[0].split()[1:2]
    if not status or not status[0].isdecimal():
        raise ExampleUnreadable(f"The answer to '{command}' begins with '{lines[0]}'.")
    headers = []
    rest = list(lines[1:])
    while rest and (header := _HEADER.fullmatch(rest[0])):
        headers.append((header[1].lower(), header[2]))
        del rest[0]
    return Example(command, int(status[0]), tuple(headers), "\n".join(rest).strip())


def compare_answer(example: Example, response: httpx.Response) -> Iterator[str]:
    """Say how an answer differs from what the statement prints."""
    if response.status_code != example.status:
        yield f"prints the status {example.status}, the answer has {response.status_code}"
    for name, value in example.headers:
        seen = response.headers.get(name)
        if seen is None or not _agrees(value, seen):
            yield f"prints '{name}: {value}', the answer has '{seen}'"
    body = response.text.strip()
    if not (_agrees(example.body, body) or _is_same(example.body, body)):
        yield f"prints the body '{example.body}', the answer has '{body}'"


def _agrees(printed: str, seen: str) -> bool:
    pattern = ".*".join(map(re.escape, printed.split(ANYTHING)))
    return re.fullmatch(pattern, seen, re.DOTALL) is not None


def _is_same(printed: str, seen: str) -> bool:
    with contextlib.suppress(ValueError):
        return same_json(json.loads(printed), json.loads(seen))
    return False


def check_examples(kata: Kata) -> list[str]:
    """Send the examples of a statement to the solution; give a sentence for each difference."""
    try:
        examples = list(read_examples((kata.exercise / "README.md").read_text("utf-8")))
        if kata.file.kind != "app" or not examples:
            return []
        return asyncio.run(_try_examples(kata, examples))
    except (ExampleUnreadable, SubmissionError) as error:
        return [f"The examples of README.md cannot be tried: {error}"]


async def _try_examples(kata: Kata, examples: Sequence[Example]) -> list[str]:
    defects: list[str] = []
    async with _open_solution(kata) as host, open_client(host) as client:
        for number, example in enumerate(examples, start=1):
            response = await client.send(make_request(client, example.command))
            defects += [
                f"Example {number} of README.md, '{example.command}', {difference}."
                for difference in compare_answer(example, response)
            ]
    return defects


@contextlib.asynccontextmanager
async def _open_solution(kata: Kata) -> AsyncIterator[Host]:
    with (
        open_run_folder() as folder,
        open_labs(kata.file.labs) as lab_set,
        open_snapshot(folder, ExecLauncher()) as snapshot,
    ):
        stage(kata.stub, kata.solution, kata.file.editable, folder.stage)
        environment = lab_set.make_environment(folder.work)
        snapshot.request_import(make_import_request(kata, environment, fork=True))
        async with open_demo_labs(lab_set, kata.file.demo):
            host = await Host.open(snapshot)
            try:
                await host.start()
                yield host
                await host.stop()
            finally:
                host.close()


@contextlib.asynccontextmanager
async def open_demo_labs(lab_set: LabSet, answers: Sequence[DemoAnswer]) -> AsyncIterator[None]:
    """Open the labs that a kata has: an upstream with the answers of `[[demo]]`, a mail server."""
    async with contextlib.AsyncExitStack() as stack:
        if "upstream" in lab_set.listeners:
            upstream = await stack.enter_async_context(lab_set.open_upstream())
            for answer in reversed(answers):  # the upstream prefers what it was told last
                upstream.on(answer.method, answer.path, _give(answer))
        if "mail" in lab_set.listeners:
            from ..harness.mail_server import answer_demo_mail

            server = await stack.enter_async_context(lab_set.open_mail_server())
            server.on_mail(answer_demo_mail)
        yield


def _give(answer: DemoAnswer) -> Script:
    async def give(request: Received) -> Reply:
        if answer.body is None:
            return Reply(answer.status)
        return Reply.json(fill(answer.body, request.path_parameters), answer.status)

    return give
