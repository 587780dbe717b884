"""An interview is drawn by its seed, from what is not known, and says what to do next."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dojo.learning.cards import list_standings, read_cards
from dojo.learning.exercises import KataProgress
from dojo.learning.interviews import (
    CardAnswer,
    Foresight,
    Interview,
    InterviewFolder,
    KataCheck,
    KataWork,
    Wish,
    compare_foresight,
    draw_interview,
    sum_up,
)
from dojo.model.catalogue import Catalogue
from dojo.model.errors import UsageError

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def draw(
    seed: str = "1",
    minutes: int = 45,
    level: str | None = None,
    track: str | None = None,
    passed: frozenset[str] = frozenset(),
    due: frozenset[str] = frozenset(),
) -> Interview:
    """Draw from the katas of this repository, for a learner who has passed some."""
    catalogue = Catalogue(ROOT)
    progress = {
        kata.id: KataProgress(passed_at=NOW if kata.id in passed else None)
        for kata in catalogue.katas
    }
    standings = list_standings(ROOT / "tests", read_cards(catalogue))
    wish = Wish(minutes, level, track, seed)
    return draw_interview(wish, catalogue.katas, standings, progress, due, NOW)


def test_seed_decides_what_is_drawn() -> None:
    """The same seed draws the same; other seeds draw others."""
    assert draw("a") == draw("a")
    assert len({draw(seed).katas for seed in "abcdefgh"}) > 3


@pytest.mark.parametrize("minutes", [20, 45, 90])
def test_katas_fit_into_the_time(minutes: int) -> None:
    """Questions take three minutes each, and the katas what is left."""
    katas = {kata.id: kata for kata in Catalogue(ROOT).katas}
    for seed in "abcdefgh":
        interview = draw(seed, minutes)
        needed = sum(katas[name].file.minutes for name in interview.katas)
        assert needed + 3 * len(interview.cards) <= minutes
        assert 1 <= len(interview.katas) <= 2


def test_level_and_track_are_kept() -> None:
    """Only katas and questions of that level and track are drawn."""
    katas = {kata.id: kata.file for kata in Catalogue(ROOT).katas}
    cards = {card.id: card.head for card in read_cards(Catalogue(ROOT))}

    interview = draw(minutes=90, level="senior", track="data")

    drawn = [(katas[name].level, katas[name].track) for name in interview.katas]
    drawn += [(cards[name].level, cards[name].track) for name in interview.cards]
    assert set(drawn) == {("senior", "data")}


def test_passed_katas_are_drawn_last() -> None:
    """A passed kata is drawn only where no other fits, or where a rule of it is due."""
    everything = frozenset(kata.id for kata in Catalogue(ROOT).katas)
    left = everything - {"07_crud_status_codes"}

    assert "07_crud_status_codes" in draw(passed=left).katas
    assert "04_params" in draw(passed=everything, due=frozenset({"04_params"})).katas


def test_no_question_tells_the_solution() -> None:
    """The card in the notes on a drawn kata is not asked before it."""
    for seed in "abcdefgh":
        interview = draw(seed)
        assert set(interview.cards).isdisjoint(interview.katas)


def test_nothing_that_fits_is_told() -> None:
    """Where no kata and no card fits, another wish is named."""
    with pytest.raises(UsageError, match="No kata and no question fits"):
        draw_interview(Wish(45, "senior", "data", "1"), [], [], {}, frozenset(), NOW)


def test_foresight_is_compared() -> None:
    """What was foretold rightly, what was not, and what was for nothing."""
    check = KataCheck(at=timedelta(), foretold=("a", "b"), failed=("b", "c", "d"))

    assert compare_foresight(check) == Foresight(right=1, missed=2, needless=1)


def test_stopped_interview_is_found(tmp_path: Path) -> None:
    """The newest one that is not over goes on; one that is over does not."""
    folder = InterviewFolder(tmp_path)
    old = Interview(title="a", seed="", minutes=45, begun_at=NOW, cards=(), katas=())
    new = old.model_copy(update={"begun_at": NOW + timedelta(days=1), "is_over": True})
    folder.write(old)
    folder.write(new)

    assert folder.find_unfinished() == old


def test_unreadable_interview_is_told(tmp_path: Path) -> None:
    """The file is named, and nothing of it is lost."""
    folder = InterviewFolder(tmp_path)
    folder.path.mkdir(parents=True)
    (folder.path / "20260501-000000.json").write_text("{")

    with pytest.raises(UsageError, match="Move that file away"):
        folder.find_unfinished()
    assert (folder.path / "20260501-000000.json").read_text() == "{"


def test_result_names_weak_topics() -> None:
    """A question not known and a kata not solved are weak, and each has a next step."""
    work = KataWork(kata="04_params", criteria={"test_a": "A."}, begun=timedelta())
    work.checks.append(KataCheck(at=timedelta(), foretold=(), failed=("test_a",)))
    interview = Interview(
        title="a",
        seed="",
        minutes=45,
        begun_at=NOW,
        cards=("02_blocking_route", "06_response_models"),
        katas=("04_params",),
        answers=[
            CardAnswer(card="02_blocking_route", said="", mark=1, at=timedelta()),
            CardAnswer(card="06_response_models", said="", mark=4, at=timedelta()),
        ],
        works=[work],
    )
    catalogue = Catalogue(ROOT)

    result = sum_up(interview, catalogue, read_cards(catalogue))

    assert sorted(result.weak) == ["async", "basics"]
    assert "Solve 04_params: `nox -s watch -- 04`." in result.advice
    assert any("Practise 02_blocking_route" in each for each in result.advice)
    assert result.foresight == Foresight(0, 1, 0)
