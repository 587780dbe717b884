"""Grader of 41_outbox: a mail server that holds mails, and processes that end between two effects.

Mails may go out in any order and several at once, so no more than one is waited for while it is
held. What is in the tables nobody asks: only what the site says, and what the mail server gets.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Failure,
    Host,
    Hosts,
    Oracle,
    Rendezvous,
    SeededInputs,
    SubmissionError,
    criterion,
    expect,
    expect_answer,
    finish,
    meet,
    open_client,
    send_together,
)
from dojo.harness.barriers import Barrier
from dojo.harness.database import Database
from dojo.harness.evidence import Log
from dojo.harness.hosts import Clock
from dojo.harness.mail_server import HANG_UP, REFUSED, TAKEN, Answer, Mail, MailServer
from dojo.harness.patience import OutOfPatience

Form = dict[str, str]

LEASE_SECONDS = 5 * 60
WAITS = (60, 120, 240, 480, 960)
MORE_THAN_THREADS = 45
"""More mails than there are threads for `def` routes."""
MOST_RUNS = 10
"""How many runs may wait for the mail server at the same moment."""
MOST_EFFECTS = 12
"""More effects than anybody needs for two mails, or for a signup."""
LATER = "451 4.3.0 Try again later"
WRITES = re.compile(r"\s*(UPDATE|INSERT|DELETE|REPLACE|WITH|BEGIN IMMEDIATE|BEGIN EXCLUSIVE)", re.I)
IN_HAND = "Another run took this mail less than 5 minutes ago."
SENT = "The mail server has taken this mail, and a run notes that."
SENT_AT_ONCE = "If the process is killed now, a mail that was taken is handed over again."
SAME = "Else the mail server cannot know that it is the same mail."
WAITING = "while a run waits for the mail server"


@dataclass(eq=False)
class Instance:
    """One running instance of the site and a client of it."""

    host: Host
    client: httpx.AsyncClient
    port: int

    def ask(self, method: str, path: str, body: Any = None) -> Awaitable[httpx.Response]:
        """Send a request."""
        return self.client.request(method, f"http://127.0.0.1:{self.port}{path}", json=body)

    async def sign_up(self, form: Form) -> int:
        """Sign up; give the number of the member."""
        asked = self.ask("POST", "/members", form)
        answer = await expect_answer(self.host, self._finish(asked), WAITING)
        number = expect(answer).status(201).read_json("id")
        expect(answer).json({"id": number, **form, "welcome": "waiting"})
        return number if isinstance(number, int) else 0

    async def _finish(self, asked: Awaitable[httpx.Response]) -> httpx.Response:
        return await finish(await asked)

    async def run(self, moment: str = "once the mail server has dealt with all mails") -> None:
        """Call a run, and wait until it is over."""
        answer = await expect_answer(self.host, self.ask("POST", "/outbox/runs"), moment)
        expect(answer).status(204)

    async def read_state(self, number: int) -> str:
        """Give what the site says about the mail to a member."""
        answer = await expect_answer(self.host, self.ask("GET", f"/members/{number}"), WAITING)
        return str(expect(answer).status(200).read_json("welcome"))

    async def expect_state(self, number: int, state: str, because: str = "") -> None:
        """Expect what the site says about the mail to a member."""
        answer = await expect_answer(self.host, self.ask("GET", f"/members/{number}"), WAITING)
        expect(answer).status(200).json_at("welcome", equals=state, because=because)


@dataclass(eq=False)
class Site:
    """The instances of the site, whose requests make one history, and their mail server."""

    hosts: Hosts
    mail: MailServer
    clock: Clock
    inputs: SeededInputs
    stack: AsyncExitStack
    history: list[str] = field(default_factory=list)
    opened: int = 0

    async def open(self, **environment: str) -> Instance:
        """Start another instance."""
        host = await self.hosts.open(start=True, **environment)
        host.history = self.history
        client = await self.stack.enter_async_context(open_client(host))
        self.opened += 1
        instance = Instance(host, client, 7999 + self.opened)
        names = "".join(f" with {name}={value}" for name, value in environment.items())
        self.note(f"an instance starts on port {instance.port}{names}")
        return instance

    def draw_form(self, prefix: str = "") -> Form:
        """Draw what somebody signs up with."""
        name = self.inputs.name()
        return {"email": f"{prefix}{name.lower()}@example.com", "name": name}

    def note(self, text: str) -> None:
        """Note what happens between requests."""
        self.history.append(f"# {text}")

    async def wait(self, seconds: int) -> None:
        """Let time pass."""
        if not seconds:
            return
        try:
            await self.clock.advance(seconds)
        except SubmissionError as error:
            if error.kind != "hang":
                raise
            raise self.fails(f"an app that answers {WAITING}", error.message) from None
        self.note(f"{seconds} seconds pass")

    def answer(self, answer: Answer, words: str) -> None:
        """Have the mail server answer mails from now on, and hold none."""
        self.mail.on_mail(answer)
        self.note(f"the mail server {words} from now on")

    async def hold(self, instance: Instance, answer: Answer = TAKEN) -> Rendezvous:
        """Start a run whose first mail the mail server holds; later ones of others it takes."""
        barrier = Barrier()
        self.mail.on_mail(answer, barrier=barrier)
        rendezvous = await meet(instance.host, barrier, instance.ask("POST", "/outbox/runs"))
        rendezvous.expect_all_inside("the mail server", "A mail is due.")
        self.mail.on_mail()
        self.note("the mail server has got a mail of this run, and does not answer yet")
        return rendezvous

    async def release(self, held: Rendezvous, words: str) -> None:
        """Let the mail server answer, and the run go on to its end."""
        self.note(f"the mail server {words} that mail")
        (answer,) = await held.part()
        expect(answer).status(204)

    async def kill_inside(self, form: Form) -> None:
        """Kill an instance while the mail server holds the mail of its run to a member."""
        doomed, barrier = await self.open(), Barrier()
        self.mail.on_mail(barrier=barrier)
        held = await meet(doomed.host, barrier, doomed.ask("POST", "/outbox/runs"))
        held.expect_all_inside("the mail server", f"The mail to {form['email']} is due.")
        self.note("the mail server has got a mail of this run; now the instance is killed")
        doomed.host.kill()
        await barrier.emptied()
        self.mail.on_mail()

    def expect_mails(self, form: Form, least: int, most: int, because: str = "") -> None:
        """Expect that so many mails to a member have reached the mail server, all the same one."""
        mails = [each for each in self.mail.received if each.recipients == (form["email"],)]
        if not least <= len(mails) <= most:
            number = _say(least) if least == most else f"{least} or {_say(most)}"
            expected = f"{number} to {form['email']} at the mail server so far"
            raise self.fails(expected, _say(len(mails)), because)
        for each in mails:
            if read_header(each, "Subject") != f"Welcome, {form['name']}":
                expected = f"the subject 'Welcome, {form['name']}' for {form['email']}"
                raise self.fails(expected, f"'{read_header(each, 'Subject')}'")
        names = {read_header(each, "Message-ID") for each in mails}
        if len(names) > 1:
            expected = f"one 'Message-ID' for all mails to {form['email']}"
            raise self.fails(expected, f"{len(names)} different ones", SAME)
        self._expect_own_names()

    def _expect_own_names(self) -> None:
        """Expect that mails to different members have different names."""
        owners: dict[str, tuple[str, ...]] = {}
        for each in self.mail.received:
            name = read_header(each, "Message-ID")
            if owners.setdefault(name, each.recipients) != each.recipients:
                expected = "a 'Message-ID' of its own for the mail to each member"
                because = "Of several mails with the same one only the first is delivered."
                raise self.fails(expected, f"{name} for two members", because)

    def fails(self, expected: str, seen: str, because: str = "") -> Failure:
        """Make a failure about what happened so far."""
        return Failure(expected, seen, list(self.history), because)


def read_header(mail: Mail, name: str) -> str:
    """Give a header of a mail."""
    found = re.search(rf"^{name}:\s*(.*?)\r?$", mail.text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _say(count: int) -> str:
    return f"{count or 'no'} mail{'s' * (count != 1)}"


@pytest.fixture
async def site(
    hosts: Hosts, mail: MailServer, clock: Clock, inputs: SeededInputs
) -> AsyncIterator[Site]:
    """Give a site that has not been started."""
    async with AsyncExitStack() as stack:
        yield Site(hosts, mail, clock, inputs, stack)


async def end_after(
    site: Site, effect: int, method: str, path: str, body: Any = None
) -> httpx.Response | None:
    """Send a request to an instance that ends after an effect, and is killed if it does not."""
    try:
        doomed = await site.open(CRASH_AFTER=str(effect))
        answer = await doomed.ask(method, path, body)
        if effect == 1:
            expected = "that the process ends right after its first effect"
            because = "All goes through `app/database.py` and `app/mail.py`, as they are given."
            raise site.fails(expected, "it goes on", because)
        site.note("right after this answer the instance is killed")
        doomed.host.kill()
        return answer
    except SubmissionError as error:
        if error.kind != "crash":
            raise
    site.note(f"the process ends right after its effect {effect}")
    return None


@criterion(task=1)
async def test_signup_waits_for_run(site: Site, mail: MailServer, database: Database) -> None:
    """A signup hands nothing over; a run then hands over one mail for each accepted signup."""
    instance = await site.open()
    forms = [site.draw_form() for _ in range(3)]
    forms[1]["name"] = forms[0]["name"]
    numbers = [await instance.sign_up(form) for form in forms]
    forms.append(site.draw_form())
    numbers.append(await sign_up_twice(site, database, instance, forms[-1]))
    taken = {"email": forms[0]["email"], "name": site.inputs.name()}
    refused: list[tuple[Form, int]] = [(taken, 409), (taken | {"email": "nobody"}, 422)]
    refused += [({"email": "nobody@example.com", "name": ""}, 422)]
    for form, status in refused:
        expect(await finish(await instance.ask("POST", "/members", form))).status(status)
    if mail.received:
        because = "Only runs hand mails over."
        raise site.fails("no mail before the first run", _say(len(mail.received)), because)
    for number in numbers:
        await instance.expect_state(number, "waiting")
    for _ in range(2):
        await instance.run()
        expect(await finish(await instance.ask("POST", "/members", taken))).status(409)
        for form, number in zip(forms, numbers, strict=True):
            site.expect_mails(form, 1, 1)
            await instance.expect_state(number, "sent", SENT)
    if len(mail.received) != len(forms):
        because = "A signup that is refused (409 or 422) leaves no mail behind."
        raise site.fails(_say(len(forms)), _say(len(mail.received)), because)
    expect(await instance.ask("GET", f"/members/{max(numbers) + 1}")).status(404)


async def sign_up_twice(site: Site, database: Database, instance: Instance, form: Form) -> int:
    """Let two signups find the same free address; give the number of the one that is accepted."""
    tasks: list[asyncio.Task[httpx.Response]] = []
    site.note("another process locks the database for writing")
    with database.transaction("DELETE FROM members WHERE 0"):
        for _ in range(2):
            began = len(instance.host.evidence.events)
            tasks += await send_together(instance.host, instance.ask("POST", "/members", form))
            await wait_for_write(instance.host, began, tasks[-1])
        site.note("it unlocks the database")
    answers = [await expect_answer(instance.host, each, "once the lock is gone") for each in tasks]
    accepted, refused = sorted(answers, key=lambda each: each.status_code)
    expect(refused).status(409, "Two signups with the same address came at the same moment.")
    number = expect(accepted).status(201).read_json("id")
    return number if isinstance(number, int) else 0


@criterion(task=1)
async def test_signup_is_all_or_nothing(site: Site) -> None:
    """Whenever the process ends during a signup, member and mail are there, or neither is."""
    survivor = await site.open()
    for effect in range(1, MOST_EFFECTS):
        form = site.draw_form()
        answer = await end_after(site, effect, "POST", "/members", form)
        if answer is not None:
            expect(answer).status(201)
        again = await survivor.ask("POST", "/members", form)
        if answer is not None or again.status_code != 201:
            expect(again).status(409, "The member is stored." if answer is not None else "")
        await survivor.run()
        site.expect_mails(form, 1, 1, "A member and the mail are stored together, or not at all.")
        if answer is not None:
            await survivor.expect_state(expect(answer).read_json("id"), "sent", SENT)
            return


@criterion(task=2)
async def test_mail_survives_each_crash(site: Site) -> None:
    """Wherever the process ends during a run, later runs hand the mails over, as the same mails."""
    survivor = await site.open()
    for effect in range(1, MOST_EFFECTS):
        forms = [site.draw_form() for _ in range(2)]
        numbers = [await survivor.sign_up(form) for form in forms]
        answer = await end_after(site, effect, "POST", "/outbox/runs")
        if answer is not None:
            expect(answer).status(204)
        for seconds in (LEASE_SECONDS + 1, 0, 60 * 60):
            await site.wait(seconds)
            await survivor.run()
            for form, number in zip(forms, numbers, strict=True):
                site.expect_mails(form, 1, 1 if answer is not None else 2)
                await survivor.expect_state(number, "sent", SENT)
        if answer is not None:
            break
    await kill_between_two_mails(site, survivor)


async def kill_between_two_mails(site: Site, survivor: Instance) -> None:
    """Kill a run once the first of two mails is `sent`, for every instance: only one is left."""
    forms = [site.draw_form() for _ in range(2)]
    numbers = [await survivor.sign_up(form) for form in forms]
    doomed, barrier, least = await site.open(), Barrier(), len(site.mail.received) + len(forms)
    site.mail.on_mail(barrier=barrier)
    held = await meet(doomed.host, barrier, doomed.ask("POST", "/outbox/runs"))
    held.expect_all_inside("the mail server", "Two mails are due.")
    site.note("the mail server takes the first mail of this run, and does not answer the second")
    barrier.release(1)

    async def come() -> None:
        while "sent" not in {await survivor.read_state(each) for each in numbers}:
            await survivor.host.settle()  # the doomed one may block its loop
        await site.mail.arrivals(least)

    try:
        await doomed.host.patience.wait(come())
    except OutOfPatience:
        expected = "that a mail is `sent` while its run waits with the next one"
        raise site.fails(expected, "both are `waiting`", SENT_AT_ONCE) from None
    site.note("now the instance is killed")
    doomed.host.kill()
    await barrier.emptied()
    site.mail.on_mail()
    tries = [1 if await survivor.read_state(each) == "sent" else 2 for each in numbers]
    await site.wait(LEASE_SECONDS + 1)
    await survivor.run()
    for form, number, count in zip(forms, numbers, tries, strict=True):
        because = SENT if count == 1 else "The run that had this mail was killed."
        site.expect_mails(form, count, count, because)
        await survivor.expect_state(number, "sent", SENT)


@criterion(task=3)
async def test_overlapping_runs_send_once(site: Site, database: Database) -> None:
    """While a run has a mail in hand no other hands it over, and all requests are answered."""
    instances = [await site.open() for _ in range(2)]
    first, second = instances
    form = site.draw_form()
    number = await first.sign_up(form)
    held = await site.hold(first)
    instances.append(await site.open())
    for seconds in (0, LEASE_SECONDS - 1):
        await site.wait(seconds)
        for instance in instances:
            other = site.draw_form()
            newcomer = await instance.sign_up(other)
            await instance.expect_state(number, "waiting")
            await instance.run("while the mail server holds the mail of another run")
            site.expect_mails(form, 1, 1, IN_HAND)
            site.expect_mails(other, 1, 1)
            await instance.expect_state(newcomer, "sent", SENT)
    await site.release(held, "takes")
    await second.expect_state(number, "sent", SENT)
    for seconds in (0, 60 * 60):
        await site.wait(seconds)
        await second.run()
        site.expect_mails(form, 1, 1, SENT)
    await start_together(site, database, instances[:2])
    await go_on_with_others(site, first, second)
    await wait_in_many_runs(site, first, number)


async def go_on_with_others(site: Site, first: Instance, second: Instance) -> None:
    """Let a run go on after another one has taken a mail that was due when it began."""
    forms = [site.draw_form() for _ in range(3)]
    numbers = [await first.sign_up(form) for form in forms]
    barrier, least = Barrier(), len(site.mail.received) + len(forms)
    site.mail.on_mail(barrier=barrier)
    held = await meet(first.host, barrier, first.ask("POST", "/outbox/runs"))
    held.expect_all_inside("the mail server", "Three mails are due.")
    site.note("the mail server has got a mail of this run, and does not answer yet")
    (late,) = await send_together(second.host, second.ask("POST", "/outbox/runs"))
    both = Rendezvous(second.host, barrier, [*held.tasks, late])
    await both.settle()
    if not late.done():  # else the first run has taken all three
        site.note("now the mail server takes the mail that it has got first, and no other")
        barrier.release(1)
        with suppress(OutOfPatience):
            await first.host.patience.wait(site.mail.arrivals(least))
        for form in forms:
            site.expect_mails(form, 1, 1, "It was due when the first run began, and is not taken.")
    site.mail.on_mail()
    site.note("the mail server takes all mails")
    for answer in await both.part():
        expect(answer).status(204)
    for form, number in zip(forms, numbers, strict=True):
        site.expect_mails(form, 1, 1, SENT)
        await second.expect_state(number, "sent", SENT)


async def wait_in_many_runs(site: Site, instance: Instance, number: int) -> None:
    """Let ten runs wait for the mail server, with more mails due than there are threads."""
    for _ in range(MORE_THAN_THREADS):
        await instance.sign_up(site.draw_form())
    barrier = Barrier()
    site.mail.on_mail(barrier=barrier)
    site.note("the mail server answers no mail from now on")
    held = await meet(instance.host, barrier, instance.ask("POST", "/outbox/runs"))
    held.expect_all_inside("the mail server", "Mails are due.")
    site.note(f"{MOST_RUNS - 1} more runs at the same moment")
    asked = [instance.ask("POST", "/outbox/runs") for _ in range(MOST_RUNS - 1)]
    more = await send_together(instance.host, *asked)
    await Rendezvous(instance.host, barrier, [*held.tasks, *more]).settle()
    await instance.expect_state(number, "sent")
    await instance.sign_up(site.draw_form())
    instance.host.kill()
    await barrier.emptied()


async def start_together(site: Site, database: Database, instances: list[Instance]) -> None:
    """Let two runs find the same mail before either of them can write."""
    form = site.draw_form()
    number = await instances[0].sign_up(form)
    began = [len(each.host.evidence) for each in instances]
    site.note("another process locks the database for writing")
    with database.transaction("DELETE FROM members WHERE 0"):
        tasks: list[asyncio.Task[httpx.Response]] = []
        for instance, begin in zip(instances, began, strict=True):
            tasks += await send_together(instance.host, instance.ask("POST", "/outbox/runs"))
            await wait_for_write(instance.host, begin, tasks[-1])
        site.note("it unlocks the database")
    for instance, task in zip(instances, tasks, strict=True):
        expect(await expect_answer(instance.host, task, "once the lock is gone")).status(204)
    site.expect_mails(form, 1, 1, "Two runs found this mail at the same moment.")
    await instances[0].expect_state(number, "sent", SENT)


async def wait_for_write(host: Host, began: int, task: asyncio.Task[httpx.Response]) -> None:
    """Wait until the app begins to write, for which it needs the lock, or has answered."""

    def is_there() -> bool:
        events = host.evidence.events[began:]
        statements = [each.message for each in events if isinstance(each, Log)]
        return task.done() or any(map(WRITES.match, statements))

    with suppress(OutOfPatience):  # it may need the lock before it says so
        await host.patience.wait(host.evidence.until(is_there))


@criterion(task=3)
async def test_slow_run_is_replaced(site: Site) -> None:
    """After 5 minutes the next run takes over, and the slow one does no harm when it goes on."""
    slow, quick = await site.open(), await site.open()
    forms = [site.draw_form() for _ in range(2)]
    numbers = [await slow.sign_up(form) for form in forms]
    held = await site.hold(slow, LATER)
    await site.wait(LEASE_SECONDS + 1)
    await quick.run()
    for form, number in zip(forms, numbers, strict=True):
        site.expect_mails(form, 1, 2, "The slow run took it more than 5 minutes ago.")
        await quick.expect_state(number, "sent", SENT)
    received = len(site.mail.received)
    await site.release(held, "refuses, for now,")
    for seconds in (0, 60, 60 * 60):
        await site.wait(seconds)
        await quick.run()
        if len(site.mail.received) != received:
            seen = _say(len(site.mail.received))
            raise site.fails(f"{_say(received)} in all, as before", seen, SENT)
        for number in numbers:
            await quick.expect_state(number, "sent", SENT)
    await fail_late(site, slow, quick)
    form = site.draw_form()
    number = await slow.sign_up(form)
    held = await site.hold(slow)
    await site.wait(LEASE_SECONDS + 1)
    await site.release(held, "takes")
    await quick.expect_state(number, "sent", "No other run has taken this mail.")
    await quick.run()
    site.expect_mails(form, 1, 1, SENT)


async def fail_late(site: Site, slow: Instance, quick: Instance) -> None:
    """Let a slow run fail while another run has its mail in hand."""
    form = site.draw_form()
    number = await slow.sign_up(form)
    held = await site.hold(slow, LATER)
    await site.wait(LEASE_SECONDS + 1)
    heir = await site.hold(quick)
    await site.release(held, "refuses, for now,")
    await site.wait(LEASE_SECONDS - 1)
    for instance in (slow, quick):
        await instance.run("while the mail server holds the mail of another run")
        site.expect_mails(form, 2, 2, IN_HAND)
    await site.release(heir, "takes")
    await quick.expect_state(number, "sent", SENT)


@criterion(task=4)
async def test_failures_wait_ever_longer(site: Site) -> None:
    """After a failure a mail waits for 1, 2, 4, 8 and 16 minutes; the sixth is the last."""
    instance, other = await site.open(), await site.open()
    form = site.draw_form()
    number = await instance.sign_up(form)
    await site.kill_inside(form)
    await site.wait(LEASE_SECONDS + 1)
    held = await site.hold(instance, LATER)
    await site.wait(100)
    await site.release(held, "refuses, for now,")
    because = "The run was killed, and then a try has failed."
    site.expect_mails(form, 2, 2, because)
    answers = (REFUSED, HANG_UP, LATER, REFUSED, LATER)
    for failures, (seconds, answer) in enumerate(zip(WAITS, answers, strict=True), start=1):
        await instance.expect_state(number, "waiting")
        site.answer(answer, f"answers {answer}" if answer else "hangs up on mails")
        for part in (0, seconds - 1):
            await site.wait(part)
            await other.run()
            because = f"After failure {failures} the mail waits for {seconds} seconds."
            site.expect_mails(form, failures + 1, failures + 1, because)
        await site.wait(1)
        instance, other = other, instance
        await instance.run()
        site.expect_mails(form, failures + 2, failures + 2, because)
    site.answer(TAKEN, "takes mails")
    for seconds in (0, 32 * 60, 24 * 60 * 60):
        await site.wait(seconds)
        await instance.run()
        site.expect_mails(form, 7, 7, "The sixth failure is the last one.")
        for each in (instance, other):
            await each.expect_state(number, "given up")


@criterion(task=4)
async def test_bad_mail_delays_no_other(site: Site) -> None:
    """A mail that fails, for whatever reason, keeps no other from going out in the same run."""
    instance = await site.open()
    answers = {"refused": REFUSED, "gone": HANG_UP, "later": LATER}
    site.answer(
        lambda each: answers.get(each.recipients[0].partition("-")[0], TAKEN),
        "refuses mails to refused-… and later-…, and hangs up on mails to gone-…,",
    )
    signed_up = []
    for prefix in ("refused-", "", "gone-", "later-", "", "split-", ""):
        form = site.draw_form(prefix)
        if prefix == "split-":
            form["name"] += "\nBcc: all@example.com"
        signed_up.append((form, prefix, await instance.sign_up(form)))
    for seconds, tries in ((0, 1), (59, 1), (1, 2)):
        await site.wait(seconds)
        await instance.run()
        for form, prefix, number in signed_up:
            count = {"": 1, "split-": 0}.get(prefix, tries)
            site.expect_mails(form, count, count)
            await instance.expect_state(number, "waiting" if prefix else "sent")
    with closing(socket.socket()) as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens there
        away = await site.open(SMTP_PORT=str(closed.getsockname()[1]))
        late = [site.draw_form() for _ in range(2)]
        numbers = [await away.sign_up(form) for form in late]
        await away.run()
    for seconds, count in ((0, 0), (59, 0), (1, 1)):
        await site.wait(seconds)
        await instance.run()
        for form, number in zip(late, numbers, strict=True):
            site.expect_mails(form, count, count, "Nothing has listened at the other SMTP_PORT.")
            await instance.expect_state(number, "sent" if count else "waiting")


@criterion(task=4)
async def test_any_run_keeps_promises(oracle: Oracle) -> None:
    """Whoever signs up, and whatever the mail server says, all is as promised in the end."""
    await oracle.compare()
