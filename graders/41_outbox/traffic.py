"""Traffic of 41_outbox: people with strange names sign up, and the mail server has its whims.

What an address begins with says how often mails to it fail. Not sent is what the statement leaves
open: mails that fall due while a run waits, and a slow run that fails with a mail which another run
has taken and not sent yet.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from dojo.grader import (
    Change,
    Draw,
    Freedom,
    Hold,
    Labs,
    Release,
    Request,
    Step,
    Together,
    Traffic,
    request,
)
from dojo.harness.mail_server import HANG_UP, REFUSED, TAKEN, Mail, MailServer

NAMES = (
    *("Asha", "Asha", "asha ", "x" * 80, "Zoe\u0308 \u212b", "आदित्य 👩\u200d🚀", " "),
    *("Ben\r\nBcc: all@example.com", "Dora\n", "%s {name} \\", "<b>null</b>", "O'Brien, née Ü"),
)
LOCALS = ("Asha", "a.b+club", "o'brien", "x" * 50, "null", "%41", "É")
TWINS = ("twin@example.com", "Twin@example.com", "twin@sub.example.com")
DOMAINS = ("example.com", "Example.ORG")
WHIMS = ("451 4.3.0 Try again later", REFUSED, HANG_UP, "452 4.2.2 Mailbox full")
FEW, MANY = (1, 2, 4, 5), (6, 7)
"""How often a mail fails: less than six times, or more."""
ALWAYS, NEVER = 9, 0
WAITS = (60, 120, 240, 480, 960)
LEASE, DAY = 300, 24 * 60 * 60
BAD: tuple[Any, ...] = (
    {"email": "nobody", "name": "Asha"},
    {"email": "none@example.com", "name": ""},
    {"email": "none@example.com", "name": "x" * 81},
    {"email": "none@example.com", "name": None},
    {"email": ["none@example.com"], "name": "Asha"},
    None,
)
RUN = request("POST", "/outbox/runs")
NOTHING_YET = "the mail server has got the mail of this run, and does not answer yet"

_numbers: WeakKeyDictionary[Draw, Iterator[int]] = WeakKeyDictionary()


class Post:
    """What the mail server has got, and how it answers."""

    def __init__(self, mail: MailServer) -> None:
        self._mail = mail
        self._told = 0

    def answer(self, mail: Mail) -> str:
        """Say what becomes of a mail: the first ones to an address fail as often as it says."""
        mails = self._list_mails_to(mail.recipients)
        index = next(at for at, each in enumerate(mails) if each is mail)
        found = re.match(r"fails-(\d)", mail.recipients[0] if mail.recipients else "")
        is_due = found is not None and index < int(found[1])
        return WHIMS[index % len(WHIMS)] if is_due else TAKEN

    def list_new(self) -> list[list[str]]:
        """Describe the mails that have come since the last call, in a fixed order."""
        new, self._told = self._mail.received[self._told :], len(self._mail.received)
        return sorted(self._describe(each) for each in new)

    def _list_mails_to(self, recipients: Sequence[str]) -> list[Mail]:
        return [each for each in self._mail.received if each.recipients == recipients]

    def _describe(self, mail: Mail) -> list[str]:
        name = read_name(mail)
        first = self._list_mails_to(mail.recipients)[0]
        names = {
            read_name(each) for each in self._mail.received if each.recipients != mail.recipients
        }
        is_same = name == read_name(first) and name not in names
        text = re.sub(r"^Message-ID:.*\r\n", "", mail.text, flags=re.MULTILINE | re.IGNORECASE)
        said = "its own" if is_same else "not the one of this mail, or of another mail too"
        return [*mail.recipients, text, f"the Message-ID is {said}"]


def read_name(mail: Mail) -> str:
    """Give the `Message-ID` of a mail."""
    found = re.search(r"^Message-ID:(.*)", mail.text, re.MULTILINE | re.IGNORECASE)
    return found[1].strip() if found else ""


def prepare(labs: Labs) -> Post:
    """Open the post office."""
    post = Post(labs.mail)
    labs.mail.on_mail(post.answer)
    return post


def watch(labs: Labs, answer: httpx.Response) -> dict[str, Any]:
    """Tell which mails have come by the time of an answer."""
    del answer
    return {"mails that came since the last answer": labs.prepared.list_new()}


def sign_up(draw: Draw, email: str = "", fails: int = NEVER) -> tuple[Request, Request]:
    """Write a signup that is accepted, and the question for the member."""
    number = next(_numbers.setdefault(draw, itertools.count(1)))
    name = draw.name() if fails or email else draw.deal(NAMES)
    start = f"fails-{fails}-" if fails else ""
    email = email or f"{start}{draw.deal(LOCALS)}.{number}@{draw.deal(DOMAINS)}"
    more = draw.choice(({}, {}, {"id": 1, "member_id": 1}, {"welcome": "sent", "state": "sent"}))
    body = {"email": email, "name": name} | more
    return request("POST", "/members", body=body), request("GET", "/members/{}", number)


def wait(seconds: int) -> Change:
    """Let time pass."""
    return Change(f"{seconds} seconds pass", lambda labs: labs.clock.advance(seconds))


def welcome(draw: Draw) -> list[Step]:
    """Sign up strange people and strange addresses, between signups that are refused."""
    emails = [*[""] * 8, *TWINS]
    signups, looks = zip(*(sign_up(draw, each) for each in emails), strict=True)
    refused = [request("POST", "/members", body=each) for each in draw.sample(BAD, 2)]
    steps: list[Step] = [*signups, signups[0], *refused, RUN, *draw.sample(looks, 3), RUN]
    return [*steps, wait(59), RUN, wait(1), RUN, draw.choice(looks)]


def fail(draw: Draw) -> list[Step]:
    """Let two mails fail, one of them too often, and ask at both sides of each minute."""
    signups, looks = zip(
        *(sign_up(draw, fails=draw.deal(each)) for each in (FEW, MANY)), strict=True
    )
    steps: list[Step] = [*signups, RUN]
    for seconds in WAITS:
        steps += [wait(seconds - 1), RUN, wait(1), RUN, *looks]
    return [*steps, wait(DAY), RUN, *looks]


def hold(asked: Request) -> Hold:
    """Have the mail server hold the mail of a run."""
    return Hold([asked], NOTHING_YET, hold_mail)


def hold_mail(labs: Labs, barrier: Any) -> None:
    """Put a barrier into the mail server."""
    labs.mail.on_mail(labs.prepared.answer, barrier=barrier)


RELEASE = Release("the mail server answers about the mail that it has held longest")


def be_slow(draw: Draw) -> list[Step]:
    """Be slow, but not too slow, with a mail that is taken or fails; others go on."""
    fails = draw.deal((NEVER, 1))
    signup, look = sign_up(draw, f"fails-{fails}-{draw.word()}@example.com")
    other, newcomer = sign_up(draw, f"{draw.word()}@example.com")
    steps: list[Step] = [signup, hold(RUN), other, RUN, newcomer, wait(LEASE - 1), RUN, look]
    return [*steps, RELEASE, look, RUN, wait(59), RUN, wait(1), RUN, look]


def be_replaced(draw: Draw) -> list[Step]:
    """Be so slow that another run takes over, and go on after that."""
    fails = draw.deal((NEVER, 1))
    signup, look = sign_up(draw, f"fails-{fails}-{draw.word()}@example.com")
    steps: list[Step] = [signup, hold(RUN), wait(LEASE), RUN, look, RELEASE, look]
    return [*steps, wait(DAY), RUN, look]


def crowd(draw: Draw) -> list[Step]:
    """Call several runs at the same moment, after days without any."""
    signups, looks = zip(*(sign_up(draw) for _ in range(4)), strict=True)
    steps: list[Step] = [*signups, wait(3 * DAY), Together([RUN] * 3), *draw.sample(looks, 2)]
    strange = [request("GET", "/members/{}", each) for each in (draw.choice((0, 900)), "first")]
    return [*steps, *strange, RUN]


WORDS = "What a 422 says"

traffic = Traffic(
    scenes=(welcome, fail, be_slow, be_replaced, crowd),
    freedoms=(Freedom(WORDS, "body", status=422),),
    prepare=prepare,
    watch=watch,
    requests=75,
)
