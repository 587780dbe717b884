"""Traffic of 21_background_tasks: names and addresses of every kind, and mails that fail.

What the address begins with says what the mail server does. That it is silent is for criteria.
"""

import re
from typing import Any

from dojo.grader import Change, Draw, Freedom, Labs, Request, Step, Together, Traffic, request
from dojo.harness.evidence import Raised
from dojo.harness.mail_server import HANG_UP, REFUSED, TAKEN, Mail

FIRST = 73_041
"""The number of a member that is there already: no number of SMTP or of a system looks like it."""

TABLES = f"""
    CREATE TABLE members (
        id INTEGER NOT NULL PRIMARY KEY, email VARCHAR NOT NULL UNIQUE, name VARCHAR NOT NULL
    );
    CREATE TABLE audit (
        id INTEGER NOT NULL PRIMARY KEY,
        member_id INTEGER NOT NULL REFERENCES members (id),
        event VARCHAR NOT NULL
    );
    INSERT INTO members VALUES ({FIRST}, 'first@example.com', 'Asha');
"""
NAMES = (
    *("Asha", "Asha", "asha ", "  Ben\t", "x" * 80, "Zoe\u0308 \u212b", "आदित्य 👩\u200d🚀", "0"),
    *("Ben\r\nBcc: all@example.com", "Dora\n", "%s {name} \\", "<b>null</b>", "O'Brien, née Ü"),
)
ADDRESSES = (
    *("later", "later-2", "later-3", "Asha", "ASHA", "B.Ben", "refused", "gone", "asha"),
    *("a.b+club", "o'brien", "x" * 64, "refused-2", "gone-2", "null", "first.1", "%41"),
)
"""More of each kind at the beginning than there are names that no mail can have."""
DOMAINS = ("example.com", "Example.ORG", "sub.example.com")
FOREIGN = ("\u00e9@example.com", "asha@b\u00fccher.example.com")
BAD: tuple[Any, ...] = (
    {"email": "first@example.com"},
    {"email": "nobody", "name": "Asha"},
    {"email": "a@b@example.com", "name": "Asha"},
    {"email": "none@example.com", "name": ""},
    {"email": "none@example.com", "name": "x" * 81},
    {"email": ["none@example.com"], "name": "Asha"},
    {"email": "none@example.com", "name": None},
    None,
)
TAKEN_ALREADY = ("first@example.com", "first@EXAMPLE.com")


def answer(mail: Mail) -> str:
    """Say what becomes of a mail."""
    lines = {"refused": REFUSED, "later": "451 4.3.0 Try again later", "gone": HANG_UP}
    address = mail.recipients[0] if mail.recipients else ""
    return next((line for start, line in lines.items() if address.startswith(start)), TAKEN)


def prepare(labs: Labs) -> None:
    """Let there be a member, and a mail server with its whims."""
    labs.database.execute_script(TABLES)
    labs.mail.on_mail(answer)


def sign_up(draw: Draw, email: str) -> Request:
    """Write a signup; sometimes it holds more than it should."""
    more = draw.choice(({}, {}, {"id": 1}, {"member_id": FIRST, "event": "welcome_mail_failed"}))
    return request("POST", "/members", body={"email": email, "name": draw.deal(NAMES)} | more)


def visit(draw: Draw) -> list[Step]:
    """Sign up with each address in any order, between refused signups and other requests."""
    emails = [f"{each}@{draw.deal(DOMAINS)}" for each in ADDRESSES]
    steps: list[Step] = [sign_up(draw, each) for each in (*emails, *FOREIGN)]
    steps += [request("POST", "/members", body=each) for each in BAD]
    steps += [
        request("POST", "/members", body={"email": each, "name": draw.deal(NAMES)})
        for each in TAKEN_ALREADY
    ]
    steps += [request("GET", "/members/{}", FIRST + each) for each in range(-1, 8)]
    steps += [request("GET", "/members/{}", each) for each in ("first", "0")]
    steps = draw.sample(steps, len(steps))
    together = [sign_up(draw, "together@example.com"), *[request("GET", "/members/{}", FIRST)] * 2]
    together += [request("POST", "/members", body=each) for each in draw.sample(BAD, 2)]
    return [*steps, Together(together), Change("the app is told to shut down", shut_down)]


async def shut_down(labs: Labs) -> None:
    """Let the lifespan end: all requests and their background tasks have."""
    await labs.host.stop()


def inspect(labs: Labs) -> dict[str, Any]:
    """Tell what is left of it all."""
    audit = labs.database.rows("SELECT member_id, event FROM audit ORDER BY member_id, event")
    errors = [log.message for log in labs.host.evidence.logs("app") if log.level == "ERROR"]
    told = sorted(int(each) for text in errors for each in set(re.findall(r"73\d{3}", text)))
    return {
        "the members": labs.database.rows("SELECT id, email, name FROM members ORDER BY id"),
        "the mails, sorted": sorted([*each.recipients, each.text] for each in labs.mail.received),
        "the audit, sorted": audit,
        "the records of level ERROR": len(errors),
        "the members in them": told,
        "exceptions that leave the app": len(labs.host.evidence.of(Raised)),
    }


WORDS = "What a 422 says"

traffic = Traffic(
    scenes=(visit,),
    freedoms=(Freedom(WORDS, "body", status=422),),
    prepare=prepare,
    inspect=inspect,
    requests=41,
)
