"""Grader of 21_background_tasks: a mail server that takes a mail when the criterion wants it to.

Mails may go out in any order and one by one, so no more than one is waited for while it is held.
"""

import asyncio
import re
import socket
from contextlib import closing, suppress
from typing import Any

import httpx

from dojo.grader import (
    Failure,
    Host,
    Hosts,
    Oracle,
    SeededInputs,
    SubmissionError,
    count_checked_out,
    criterion,
    expect,
    expect_answer,
    finish,
    open_client,
)
from dojo.harness.barriers import Barrier
from dojo.harness.database import Database
from dojo.harness.evidence import Raised
from dojo.harness.mail_server import HANG_UP, REFUSED, TAKEN, Mail, MailServer
from dojo.harness.patience import OutOfPatience

Form = dict[str, str]

SENT, FAILED = "welcome_mail_sent", "welcome_mail_failed"
SILENT = 200
"""Seconds: less than the timeout of `smtplib`, and more than anybody has patience for."""
UNTAKEN = "while the mail server has not taken the mail"
MANY = 30
"""More signups than a queue of somebody who has never seen it full is made for."""
WAITING = "while mails wait for the mail server"
GOES_ON = "# the mail server takes all mails now"


def draw_form(inputs: SeededInputs, prefix: str = "") -> Form:
    """Draw what somebody signs up with."""
    name = inputs.name()
    return {"email": f"{prefix}{name.lower()}@example.com", "name": name}


async def sign_up(
    client: httpx.AsyncClient, host: Host, form: Form, moment: str = UNTAKEN
) -> tuple[httpx.Response, int]:
    """Sign up; give the response, whose background tasks may go on, and the member's number."""
    response = await expect_answer(host, client.post("/members", json=form), moment)
    number = expect(response).status(201).read_json("id")
    expect(response).json({"id": number} | form)
    return response, number if isinstance(number, int) else 0


def hold_mails(host: Host, mail: MailServer) -> Barrier:
    """Let the mail server take no mail from now on, until the barrier is opened."""
    barrier = Barrier()
    mail.on_mail(barrier=barrier)
    host.history.append("# the mail server takes no mail yet")
    return barrier


async def expect_mails(host: Host, mail: MailServer, count: int) -> None:
    """Expect that so many mails reach the mail server."""
    try:
        await host.patience.wait(mail.arrivals(count))
    except OutOfPatience:
        where = await host.where()
        expected = f"that {_say(count, 'mail')} reach{'es' * (count == 1)} the mail server"
        seen = _say(len(mail.received), "mail") + (f": {host.cause}" if host.cause else "")
        raise Failure(expected, seen, list(host.history), "", where) from None


def read_audit(database: Database) -> list[tuple[Any, Any]]:
    """Give the rows of the audit, by member."""
    rows = database.rows("SELECT member_id, event FROM audit ORDER BY member_id, id")
    return [(row["member_id"], row["event"]) for row in rows]


async def expect_audit(host: Host, database: Database, rows: list[tuple[int, str]]) -> None:
    """Expect these rows in the audit, as soon as the app has had its chance to write them."""

    async def come() -> None:
        while read_audit(database) != sorted(rows):
            await host.settle()

    with suppress(OutOfPatience):
        await host.patience.wait(come())
    if (found := read_audit(database)) != sorted(rows):
        where = await host.where() if len(found) < len(rows) else ()
        cause = f"; {host.cause}" if host.cause else ""
        expected = f"these rows in the audit: {_write(rows)}"
        raise Failure(expected, _write(found) + cause, list(host.history), "", where)


async def shut_down(host: Host, *responses: httpx.Response) -> None:
    """Shut the app down as uvicorn does: requests and their tasks end first, then the lifespan."""
    host.history.append("# the app is told to shut down")
    try:
        for response in responses:
            await finish(response)
        await host.stop()
    except SubmissionError as error:
        if error.kind != "hang":
            raise
        seen = f"it does not end: {host.cause}" if host.cause else "it does not end"
        expected = "that the app ends once the mail server has answered"
        raise Failure(expected, seen, list(host.history), "", error.where) from None


@criterion(task=1)
async def test_answer_comes_before_mail(
    client: httpx.AsyncClient,
    host: Host,
    mail: MailServer,
    database: Database,
    inputs: SeededInputs,
) -> None:
    """A signup is answered while the mail server holds its mail, and the member is stored then."""
    hold_mails(host, mail)
    form = draw_form(inputs)
    response, number = await sign_up(client, host, form)
    await expect_mails(host, mail, 1)
    found = database.rows("SELECT id, email, name FROM members")
    if found != [{"id": number} | form]:
        expected = f"that the member is stored when the mail to {form['email']} comes"
        because = "What is not committed may still be refused."
        raise expect(response).fails(expected, f"the members {found}", because)


@criterion(task=1)
async def test_each_signup_mails_once(
    client: httpx.AsyncClient,
    host: Host,
    mail: MailServer,
    database: Database,
    inputs: SeededInputs,
) -> None:
    """Each accepted signup hands over one mail, to its own address; a refused one does nothing."""
    forms = [draw_form(inputs) for _ in range(3)]
    forms[1]["name"] = forms[0]["name"]
    responses = [(await sign_up(client, host, form, "in any case"))[0] for form in forms]
    taken = {"email": forms[0]["email"], "name": inputs.name()}
    refused: list[tuple[Form, int]] = [(taken, 409), (taken | {"email": "nobody"}, 422)]
    refused += [(taken | {"name": ""}, 422), ({"email": "nobody@example.com"}, 422)]
    for form, status in refused:
        responses.append(await client.post("/members", json=form))
        expect(responses[-1]).status(status)
    await expect_mails(host, mail, len(forms))
    await shut_down(host, *responses)
    wanted = sorted(f"to {form['email']}: Welcome, {form['name']}" for form in forms)
    if (found := sorted(map(describe, mail.received))) != wanted:
        expected, seen = f"these mails: {_write(wanted)}", _write(found)
        raise Failure(expected, seen, list(host.history))
    stored = [row["email"] for row in database.rows("SELECT email FROM members ORDER BY id")]
    if stored != [form["email"] for form in forms]:
        because = "A signup that is refused stores nothing."
        raise Failure(f"{len(forms)} members", _write(stored), list(host.history), because)


@criterion(task=2)
async def test_other_requests_are_answered(
    client: httpx.AsyncClient, host: Host, mail: MailServer, inputs: SeededInputs
) -> None:
    """While a mail waits, the app answers: nothing stops its event loop."""
    hold_mails(host, mail)
    await sign_up(client, host, draw_form(inputs))
    await expect_mails(host, mail, 1)
    for path, status in (("/openapi.json", 200), ("/members/first", 422), ("/nowhere", 404)):
        expect(await expect_answer(host, client.get(path), WAITING)).status(status)


@criterion(task=2)
async def test_connection_is_free_meanwhile(
    client: httpx.AsyncClient, host: Host, mail: MailServer, inputs: SeededInputs
) -> None:
    """While mails wait, the only database connection is free for others, more signups included."""
    hold_mails(host, mail)
    because = "The pool has one connection."
    await sign_up(client, host, draw_form(inputs), WAITING)
    await expect_mails(host, mail, 1)
    await expect_answer(host, host.settle(), WAITING)
    await expect_none_taken(host)
    for _ in range(5):
        form = draw_form(inputs)
        _, number = await sign_up(client, host, form, WAITING)
        found = await expect_answer(host, client.get(f"/members/{number}"), WAITING, because)
        expect(found).status(200).json({"id": number} | form)
        again = await expect_answer(host, client.post("/members", json=form), WAITING, because)
        expect(again).status(409)
    for each in range(MANY):
        await sign_up(client, host, draw_form(inputs, f"{each}."), WAITING)


async def expect_none_taken(host: Host) -> None:
    """Expect that no connection is out of its pool, whichever pool it is."""

    async def come() -> None:
        await host.settle()  # by then all records have come that were made before
        while count_checked_out(host.evidence):
            await host.settle()

    try:
        await host.patience.wait(come())
    except OutOfPatience:
        expected = "that no database connection stays taken while a mail waits"
        seen = f"{_say(count_checked_out(host.evidence), 'connection')} out of the pool"
        raise Failure(expected, seen, list(host.history), "", await host.where()) from None


@criterion(task=3)
async def test_audit_follows_the_mail(
    client: httpx.AsyncClient,
    host: Host,
    mail: MailServer,
    database: Database,
    inputs: SeededInputs,
) -> None:
    """Once a mail is taken, and not before, one row of the audit says that it was sent."""
    database.insert("members", [{"id": inputs.number(), **draw_form(inputs)}])
    barrier = hold_mails(host, mail)
    response, first = await sign_up(client, host, draw_form(inputs))
    await expect_mails(host, mail, 1)
    host.history.append(f"# {SILENT} seconds pass")
    await expect_answer(host, host.settle(seconds=SILENT), WAITING)
    await expect_audit(host, database, [])
    barrier.open()
    host.history.append(GOES_ON)
    other, second = await sign_up(client, host, draw_form(inputs), "in any case")
    rows = [(first, SENT), (second, SENT)]
    await expect_audit(host, database, rows)
    await shut_down(host, response, other)
    await expect_audit(host, database, rows)


@criterion(task=3)
async def test_failures_are_noted_once(
    client: httpx.AsyncClient,
    host: Host,
    hosts: Hosts,
    mail: MailServer,
    database: Database,
    inputs: SeededInputs,
) -> None:
    """A mail that fails is noted in one row and one record, and the next mail goes out."""
    database.insert("members", [{"id": inputs.number(), **draw_form(inputs)}])
    answers = {"refused": REFUSED, "gone": HANG_UP}
    mail.on_mail(lambda each: answers.get(each.recipients[0].partition("-")[0], TAKEN))
    host.history.append("# the mail server refuses one mail, and leaves in the middle of another")
    responses, rows = [], []
    for prefix in ("refused-", "taken-", "gone-", "taken-"):
        response, number = await sign_up(client, host, draw_form(inputs, prefix))
        responses.append(response)
        rows.append((number, SENT if prefix == "taken-" else FAILED))
        await expect_audit(host, database, rows)
    await shut_down(host, *responses)
    await expect_audit(host, database, rows)
    if len(mail.received) != len(rows):
        seen = _write(list(map(describe, mail.received)))
        raise Failure("that no mail is sent twice", seen, list(host.history))
    expect_records(host, rows)
    with closing(socket.socket()) as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens there
        away = await hosts.open(SMTP_PORT=str(closed.getsockname()[1]))
        away.history.append("# nothing listens at the address of the mail server")
        async with open_client(away) as other:
            response, number = await sign_up(other, away, draw_form(inputs))
            await expect_audit(away, database, [*rows, (number, FAILED)])
        await shut_down(away, response)
    expect_records(away, [(number, FAILED)])


@criterion(task=4)
async def test_shutdown_waits_for_mails(
    client: httpx.AsyncClient,
    host: Host,
    mail: MailServer,
    database: Database,
    inputs: SeededInputs,
) -> None:
    """The app ends once the mails of all accepted signups are handed over and noted."""
    barrier = hold_mails(host, mail)
    signups = [await sign_up(client, host, draw_form(inputs)) for _ in range(2)]
    await expect_mails(host, mail, 1)
    await expect_answer(host, host.settle(), WAITING)
    responses = [response for response, _ in signups]
    ending = asyncio.create_task(shut_down(host, *responses))
    for _ in range(2):  # once for the word to come through, once for what the app does then
        await host.settle()
    if ending.done():
        await ending
        expected = "that the app ends after the mail server has taken two mails"
        raise Failure(expected, "it ends while they wait", list(host.history))
    barrier.open()
    host.history.append(GOES_ON)
    await ending
    if len(mail.taken) != len(signups):
        expected = f"that {len(signups)} mails are handed over before the app ends"
        raise Failure(expected, _say(len(mail.taken), "mail"), list(host.history))
    rows = sorted((number, SENT) for _, number in signups)
    if (found := read_audit(database)) != rows:  # at once: the process may be gone now
        expected = f"these rows in the audit when the app ends: {_write(rows)}"
        raise Failure(expected, _write(found), list(host.history))


@criterion(task=4)
async def test_any_signup_is_dealt_with(oracle: Oracle) -> None:
    """Whoever signs up, and whatever the mail server says, all is as promised in the end."""
    await oracle.compare()


def expect_records(host: Host, rows: list[tuple[int, str]]) -> None:
    """Expect one record of level ERROR for each failure, and no exception that leaves the app."""
    raised = host.evidence.of(Raised)
    if raised:
        expected = "that no exception leaves the app"
        because = "The server logs it once more."
        raise Failure(expected, str(raised[0].error), list(host.history), because)
    failed = [number for number, event in rows if event == FAILED]
    found = [log.message for log in host.evidence.logs("app") if log.level == "ERROR"]
    for number in failed:
        told = [each for each in found if re.search(rf"(?<!\d){number}(?!\d)", each)]
        if len(told) != 1:
            expected = f"one record of level ERROR whose message holds {number}"
            raise Failure(expected, _write(found), list(host.history))
    if len(found) != len(failed):
        expected = f"{_say(len(failed), 'record')} of level ERROR"
        raise Failure(expected, _write(found), list(host.history))


def describe(each: Mail) -> str:
    """Say where a mail goes and what its subject is."""
    subject = re.search(r"^Subject: (.*)\r$", each.text, re.MULTILINE)
    return f"to {', '.join(each.recipients)}: {subject[1] if subject else ''}"


def _say(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}" if count else f"no {noun}"


def _write(items: list[Any]) -> str:
    return ", ".join(map(str, items)) if items else "none"
