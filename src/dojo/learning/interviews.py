"""Interviews: what is asked in one, what was answered, and what follows from that.

An interview is one file, written after each step: whatever ends it, the next step goes on there.
"""

import random
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from ..model.catalogue import Catalogue, CatalogueError, Kata, locate_repository
from ..model.errors import UsageError, explain
from ..model.files import write
from .cards import CARDS_FOLDER, CardStanding, InterviewCard
from .exercises import KataProgress

SESSIONS_FILE = CARDS_FOLDER / "sessions.toml"

_QUESTION_MINUTES = 3
_MOST_KATAS = 2
_KNOWN = 3
"""A card with this mark, or a better one, counts as known."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CardAnswer(_Model):
    """One question: what was typed, if anything, and the learner's own mark, from 1 to 4."""

    card: str
    said: str
    mark: int = Field(ge=1, le=4)
    at: timedelta


class KataCheck(_Model):
    """One check: names of the criteria that were foretold to fail, and of those that did."""

    at: timedelta
    foretold: tuple[str, ...]
    failed: tuple[str, ...]


class KataWork(_Model):
    """The work on one kata, and the clock at its beginning and its end."""

    kata: str
    criteria: dict[str, str]
    """The sentences by name."""
    begun: timedelta
    ended: timedelta | None = None
    checks: list[KataCheck] = []

    @property
    def is_solved(self) -> bool:
        """Tell whether the last check found nothing."""
        return bool(self.checks) and not self.checks[-1].failed


class Interview(_Model):
    """All of one interview; times are those of its clock, which stands still between sittings."""

    title: str
    seed: str
    minutes: int
    begun_at: datetime
    cards: tuple[str, ...]
    katas: tuple[str, ...]
    used: timedelta = timedelta()
    answers: list[CardAnswer] = []
    works: list[KataWork] = []
    is_over: bool = False

    @property
    def name(self) -> str:
        """The name of its files: when it began."""
        return f"{self.begun_at:%Y%m%d-%H%M%S}"

    @property
    def is_late(self) -> bool:
        """Tell whether more time is used than was wanted."""
        return self.used > timedelta(minutes=self.minutes)


class InterviewFolder:
    """The interviews of one learner, in `.dojo/interviews/`, and the apps written in them."""

    def __init__(self, root: Path) -> None:
        self.path = root / ".dojo" / "interviews"

    def write(self, interview: Interview) -> None:
        """Keep an interview as it is now, in one step; `UsageError` if that fails."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write(self.path / f"{interview.name}.json", interview.model_dump_json(indent=2))
        except OSError as error:
            raise UsageError(
                f"The interview cannot be kept: {explain(error)}. Make the folder writable, "
                "then run `nox -s interview -- --resume`."
            ) from None

    def find_unfinished(self) -> Interview | None:
        """Give the newest interview that is not over; `UsageError` if it cannot be read."""
        for path in sorted(self.path.glob("*.json"), reverse=True):
            try:
                interview = Interview.model_validate_json(path.read_bytes())
            except (OSError, ValidationError):
                raise UsageError(
                    f"The interview in '{path}' cannot be read. Move that file away, "
                    "then run `nox -s interview` to begin a new one."
                ) from None
            if not interview.is_over:
                return interview
        return None

    def find_page(self, interview: Interview) -> Path:
        """Say where the page of an interview is written."""
        return self.path / f"{interview.name}.html"

    def find_work(self, interview: Interview, kata: str) -> Path:
        """Say where the learner's app for a kata of an interview is."""
        return self.path / interview.name / kata


class FixedSession(_Model):
    """A session whose questions and katas are given."""

    title: str
    minutes: int = Field(ge=5)
    cards: tuple[str, ...]
    katas: tuple[str, ...]


class _SessionsFile(RootModel[dict[str, FixedSession]]):
    """The fixed sessions by name."""


def read_sessions(root: Path) -> dict[str, FixedSession]:
    """Read the fixed sessions by name; `CatalogueError` if the file is wrong."""
    path = locate_repository(root) / SESSIONS_FILE
    try:
        return _SessionsFile.model_validate(tomllib.loads(path.read_text("utf-8"))).root
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise CatalogueError(f"'{SESSIONS_FILE.as_posix()}' cannot be read: {error}") from None


def open_session(session: FixedSession, now: datetime) -> Interview:
    """Begin an interview with the questions and katas of a fixed session."""
    return Interview(
        title=session.title,
        seed="",
        minutes=session.minutes,
        begun_at=now,
        cards=session.cards,
        katas=session.katas,
    )


@dataclass(frozen=True)
class Wish:
    """What a learner wants to be asked for: how long, which level and track, and by which seed."""

    minutes: int
    level: str | None
    track: str | None
    seed: str


def draw_interview(
    wish: Wish,
    katas: Sequence[Kata],
    standings: Sequence[CardStanding],
    progress: Mapping[str, KataProgress],
    due: frozenset[str],
    now: datetime,
) -> Interview:
    """Draw questions and one or two katas by the seed, those first that are not known or are due.

    `due` are ids of passed katas of which a rule is due. `UsageError` where nothing fits.
    """
    chance = random.Random(wish.seed)
    fitting = [each for each in katas if _fits(wish, each.file.track, each.file.level)]
    chance.shuffle(fitting)
    fitting.sort(key=lambda kata: progress[kata.id].passed_at is not None and kata.id not in due)
    cards = [each for each in standings if _fits(wish, each.card.head.track, each.card.head.level)]
    chance.shuffle(cards)
    cards.sort(key=lambda each: each.due is not None and each.due > now)
    if not fitting and not cards:
        raise UsageError(
            "No kata and no question fits. "
            "Run `nox -s interview` with another `--level` or `--track`."
        )
    wanted = max(2, min(5, wish.minutes // 10))
    chosen = _choose_katas(fitting, wish.minutes - wanted * _QUESTION_MINUTES)
    told = {kata.id for kata in chosen}
    asked = [each.card.id for each in cards if told.isdisjoint(each.card.head.katas)]
    return Interview(
        title=" ".join(["Interview", *filter(None, (wish.level, wish.track))]),
        seed=wish.seed,
        minutes=wish.minutes,
        begun_at=now,
        cards=tuple(asked[:wanted]),
        katas=tuple(kata.id for kata in chosen),
    )


def _fits(wish: Wish, track: str, level: str) -> bool:
    return wish.track in (None, track) and wish.level in (None, level)


def _choose_katas(katas: Sequence[Kata], minutes: int) -> list[Kata]:
    """Take the first katas for which there is time; if there is none, the shortest one."""
    chosen: list[Kata] = []
    for kata in katas:
        if kata.file.minutes <= minutes and len(chosen) < _MOST_KATAS:
            chosen.append(kata)
            minutes -= kata.file.minutes
    return chosen or sorted(katas, key=lambda kata: kata.file.minutes)[:1]


@dataclass(frozen=True)
class Foresight:
    """How well was foretold which criteria fail: right, not foretold, and foretold for nothing."""

    right: int
    missed: int
    needless: int


def compare_foresight(check: KataCheck) -> Foresight:
    """Compare what was foretold for a check with what failed."""
    foretold, failed = set(check.foretold), set(check.failed)
    return Foresight(len(foretold & failed), len(failed - foretold), len(foretold - failed))


@dataclass(frozen=True)
class InterviewResult:
    """What an interview says about the learner."""

    interview: Interview
    titles: Mapping[str, str]
    """Titles of katas by id."""
    questions: Mapping[str, str]
    """Questions of cards by id."""
    weak: Sequence[str]
    """Tracks in which a question was not known or a kata not solved, the weakest first."""
    advice: Sequence[str]
    """Sentences that say what to do next."""

    @property
    def foresight(self) -> Foresight:
        """All checks together."""
        each = [compare_foresight(check) for w in self.interview.works for check in w.checks]
        return Foresight(
            sum(one.right for one in each),
            sum(one.missed for one in each),
            sum(one.needless for one in each),
        )


def sum_up(
    interview: Interview, catalogue: Catalogue, cards: Sequence[InterviewCard]
) -> InterviewResult:
    """Say what was solved, what was weak and what to do next."""
    katas = {kata.id: kata for kata in catalogue.katas}
    by_id = {card.id: card for card in cards}
    solved = {work.kata for work in interview.works if work.is_solved}
    open_katas = [each for each in interview.katas if each not in solved]
    unknown = [each.card for each in interview.answers if each.mark < _KNOWN]
    tracks = Counter(katas[each].file.track for each in open_katas if each in katas)
    tracks.update(by_id[each].head.track for each in unknown if each in by_id)
    return InterviewResult(
        interview,
        {each: katas[each].file.title for each in interview.katas if each in katas},
        {each: by_id[each].question for each in interview.cards if each in by_id},
        [track for track, _ in tracks.most_common()],
        _advise(open_katas, [by_id[each] for each in unknown if each in by_id], solved),
    )


def _advise(
    open_katas: Sequence[str], unknown: Sequence[InterviewCard], solved: set[str]
) -> list[str]:
    advice = [f"Solve {kata}: `nox -s watch -- {kata.partition('_')[0]}`." for kata in open_katas]
    practised = dict.fromkeys(kata for card in unknown for kata in card.head.katas)
    advice += [
        f"Practise {kata}, which answers a question: `nox -s watch -- {kata.partition('_')[0]}`."
        for kata in practised
        if kata not in open_katas and kata not in solved
    ]
    if unknown:
        advice.append("Ask the cards again when they are due: `nox -s cards -- --due`.")
    return advice or ["Take a harder one: `nox -s interview -- --level senior`."]


def tell_now() -> datetime:
    """Give the time of day, in UTC."""
    return datetime.now(UTC)
