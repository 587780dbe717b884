"""Reviews: which rules a learner has learnt, what was answered, and when each is due again.

Kept are the answers alone; what follows from them is computed by FSRS each time. A passed kata
counts as a good answer for its rules, a passed capstone also for those of the katas it stands on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fsrs import Card, Rating, Scheduler
from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from ..model.catalogue import Catalogue, Kata
from ..model.curriculum import list_prerequisites
from ..model.errors import UsageError
from ..model.files import write
from ..model.rules import Rule, read_rules
from .exercises import Progress

# Whole days only: nobody sits before this all day. No chance, so that a date can be told.
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


class ReviewAnswer(BaseModel):
    """One answer: when, in which form it was asked for, and how well it was known."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: datetime
    form: str
    rating: Rating


class _AnswersFile(RootModel[dict[str, list[ReviewAnswer]]]):
    """All answers by rule, oldest first."""


class ReviewLog:
    """The answers of one learner, in a file in `.dojo/`, and the session that asks for them."""

    def __init__(self, root: Path, name: str = "reviews.json", session: str = "review") -> None:
        self.path = root / ".dojo" / name
        self._session = session

    def read(self) -> dict[str, list[ReviewAnswer]]:
        """Read all answers by rule; `UsageError` if the file is there and cannot be read."""
        try:
            return _AnswersFile.model_validate_json(self.path.read_bytes()).root
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError):
            raise UsageError(
                f"Your answers in '{self.path}' cannot be read. "
                f"Move that file away, then run `nox -s {self._session}` again to start a new one."
            ) from None

    def add(self, rule: str, answer: ReviewAnswer) -> None:
        """Keep one more answer, in one step; `UsageError` if it cannot be written."""
        answers = self.read()
        answers.setdefault(rule, []).append(answer)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write(self.path, _AnswersFile(answers).model_dump_json(indent=2))
        except OSError as error:
            raise UsageError(
                f"Your answer cannot be kept in '{self.path}': {error.strerror}. "
                f"Make the folder writable, then run `nox -s {self._session}` again."
            ) from None


@dataclass(frozen=True)
class LearntRule:
    """A rule of a passed kata: what was answered, and when it is due again.

    `katas` are those with this rule that the learner has passed.
    """

    id: str
    rule: Rule
    katas: tuple[Kata, ...]
    answers: tuple[ReviewAnswer, ...]
    due: datetime

    @property
    def name(self) -> str:
        """The id in words."""
        return self.id.replace("_", " ")


def list_learnt(catalogue: Catalogue) -> list[LearntRule]:
    """List the rules of passed katas, those first that are due first."""
    rules, answers = read_rules(catalogue.root), ReviewLog(catalogue.root).read()
    passes = _list_passes(catalogue)
    learnt = []
    for name, rule in rules.items():
        katas = [kata for kata in catalogue.katas if kata.id in passes and name in kata.file.rules]
        if katas:
            given = answers.get(name, [])
            moments = [(moment, Rating.Good) for kata in katas for moment in passes[kata.id]]
            due = schedule([*moments, *((each.at, each.rating) for each in given)])
            learnt.append(LearntRule(name, rule, tuple(katas), tuple(given), due))
    return sorted(learnt, key=lambda each: each.due)


def list_due(learnt: Iterable[LearntRule], now: datetime) -> list[LearntRule]:
    """List the rules that are due at a moment."""
    return [each for each in learnt if each.due <= now]


def schedule(ratings: Sequence[tuple[datetime, Rating]]) -> datetime:
    """Say when something is due that was rated at these moments, one at least."""
    card = Card(card_id=0)
    for moment, rating in sorted(ratings):
        card, _ = _SCHEDULER.review_card(card, rating, moment.astimezone(UTC))
    return card.due


def _list_passes(catalogue: Catalogue) -> dict[str, list[datetime]]:
    """List by kata when it was passed: by itself, or as a part of a capstone."""
    progress = Progress(catalogue.root)
    passes: dict[str, list[datetime]] = {}
    for kata in catalogue.katas:
        moment = progress.read(kata.id).passed_at
        if moment is not None:
            parts = list_prerequisites(kata) if kata.file.track == "capstone" else set()
            for name in (kata.id, *parts):
                passes.setdefault(name, []).append(moment)
    return passes
