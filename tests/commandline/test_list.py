"""`list` says in words how far the learner is, and what is due; `next` says what to do now."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dojo.learning.exercises import KataProgress, Progress

from .conftest import Dojo, write_kata

PASSED = KataProgress(passed_at=datetime(2026, 5, 1, tzinfo=UTC), criteria=2, passed_criteria=2)
BEGUN = KataProgress(criteria=8, passed_criteria=3)
RULES = """
[name_the_thing]
sentence = "A thing has one name."

[[name_the_thing.cards]]
question = "How many names has a thing?"
answer = "It has one name, the same everywhere."
"""


def describe(repository: Path, kata: str, **values: str) -> None:
    """Change keys of a `kata.toml`."""
    path = repository / "exercises" / kata / "kata.toml"
    lines = path.read_text().splitlines()
    for key, value in values.items():
        lines = [f"{key} = {value}" if line.startswith(f"{key} =") else line for line in lines]
    path.write_text("\n".join(lines))


def test_katas_are_grouped_by_track(dojo: Dojo) -> None:
    """Tracks come in their own order, not in that of the numbers."""
    ended = dojo("list")

    assert ended.code == 0
    assert ended.out.splitlines() == [
        "basics        [--------------------]  0 of 1",
        "  08  Part as friends  mid     20 min  not tried",
        "",
        "async         [--------------------]  0 of 1",
        "  07  Greet by name    mid     20 min  not tried",
        "",
        "0 of 2 katas passed.",
        'Next: 07_greeting, "Greet by name" (async, mid, 20 minutes).',
        "`nox -s next` says why, and how to begin.",
    ]


def test_prerequisite_is_listed_first(dojo: Dojo, repository: Path) -> None:
    """Within a track a kata stands behind what it builds on, whatever the numbers."""
    write_kata(repository, "06_wave", "Wave from afar", "basics")
    describe(repository, "06_wave", after='["08_farewell"]')

    lines = dojo("list").out.splitlines()

    assert [line[2:4] for line in lines[1:3]] == ["08", "06"]


def test_states_are_said_in_words(dojo: Dojo, repository: Path) -> None:
    """A kata is passed, or so many of its criteria are; the bar grows with it."""
    Progress(repository).write("07_greeting", PASSED)
    Progress(repository).write("08_farewell", BEGUN)

    ended = dojo("list")

    assert "async         [####################]  1 of 1\n" in ended.out
    assert "07  Greet by name    mid     20 min  passed\n" in ended.out
    assert "08  Part as friends  mid     20 min  3 of 8\n" in ended.out
    assert "1 of 2 katas passed." in ended.out


def test_changed_files_count_as_begun(dojo: Dojo, repository: Path) -> None:
    """Work that no check has seen is work."""
    (repository / "exercises/08_farewell/app/main.py").write_text("app = None\n")

    ended = dojo("list")

    assert "08  Part as friends  mid     20 min  begun\n" in ended.out
    assert 'Next: 08_farewell, "Part as friends"' in ended.out


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        (("--track", "async"), ["07"]),
        (("--level", "mid"), ["08", "07"]),
        (("--level", "senior"), []),
        (("--state", "new"), []),
        (("--state", "begun"), ["08"]),
        (("--state", "passed"), ["07"]),
        (("--state", "due"), ["07"]),
        (("GREET",), ["07"]),
        (("one name", "friends"), ["08"]),
        (("--track", "async", "friends"), []),
    ],
)
def test_filters_narrow_the_list(
    dojo: Dojo, repository: Path, filters: tuple[str, ...], numbers: list[str]
) -> None:
    """Track, level, state and words of the title or the rules choose; all of them must fit."""
    (repository / "exercises/rules.toml").write_text(RULES)
    Progress(repository).write("07_greeting", PASSED)
    Progress(repository).write("08_farewell", BEGUN)

    ended = dojo("list", *filters)

    rows = [line for line in ended.out.splitlines() if " 20 min " in line]
    assert [line[2:4] for line in rows] == numbers
    assert ("No kata fits." in ended.out) == (not numbers)


def test_due_rules_are_named(dojo: Dojo, repository: Path) -> None:
    """A rule that is due again is named, and so is the kata that teaches it."""
    (repository / "exercises/rules.toml").write_text(RULES)
    Progress(repository).write("07_greeting", PASSED)

    ended = dojo("list")

    assert "* 07  Greet by name    mid     20 min  passed\n" in ended.out
    assert 'Review: 1 rule is due again: "name the thing".\n' in ended.out


def test_unknown_track_is_refused(dojo_process: Dojo) -> None:
    """A track that there is not is a wrong call; the message names those that there are."""
    ended = dojo_process("list", "--track", "cooking")

    assert ended.code == 2
    assert "invalid choice: 'cooking'" in ended.err
    assert "streaming" in ended.err


def test_next_says_why_and_how(dojo: Dojo) -> None:
    """The kata, the reason and the first steps, with paths and commands as they are typed."""
    ended = dojo("next")

    assert ended.code == 0
    assert ended.out.splitlines() == [
        'Next: 07_greeting, "Greet by name" (async, mid, 20 minutes).',
        "Why:  It is the easiest one that is open to you (mid), and it needs nothing",
        "      before it.",
        "  1. Read 'exercises/07_greeting/README.md'.",
        "  2. Change 'exercises/07_greeting/app/main.py'.",
        "  3. Run `nox -s check -- 07`. It says what is still missing.",
    ]


def test_untried_junior_comes_first(dojo: Dojo, repository: Path) -> None:
    """An untried junior kata comes before a mid one with a lower number."""
    describe(repository, "08_farewell", level='"junior"')

    assert dojo("next").out.startswith("Next: 08_farewell,")


def test_passed_prerequisites_are_the_reason(dojo: Dojo, repository: Path) -> None:
    """A kata that builds on passed ones says so."""
    describe(repository, "07_greeting", after='["08_farewell"]')
    Progress(repository).write("08_farewell", PASSED)

    assert "builds on 08, which you have passed." in " ".join(dojo("next").out.split())


def test_begun_kata_comes_first(dojo: Dojo, repository: Path) -> None:
    """Whoever started somewhere goes on there, with the kata that was checked last."""
    now = datetime.now(UTC)
    for kata, ago in (("07_greeting", 2), ("08_farewell", 1)):
        state = BEGUN.model_copy(update={"checked_at": now - timedelta(days=ago)})
        Progress(repository).write(kata, state)

    ended = dojo("next")

    assert ended.out.startswith("Next: 08_farewell,")
    assert "You have begun it. The result so far: 3 of 8 criteria." in ended.out


def test_next_mentions_due_review(dojo: Dojo, repository: Path) -> None:
    """A due review is mentioned, also when every kata is passed."""
    (repository / "exercises/rules.toml").write_text(RULES)
    for kata in ("07_greeting", "08_farewell"):
        Progress(repository).write(kata, PASSED)

    ended = dojo("next")

    assert ended.out.startswith("Every kata here is passed.")
    assert "`nox -s review` asks for them." in ended.out


def test_nothing_suggested_after_all(dojo: Dojo, repository: Path) -> None:
    """With everything passed there is no next one."""
    Progress(repository).write("07_greeting", PASSED)
    Progress(repository).write("08_farewell", PASSED)

    ended = dojo("list")

    assert ended.out.endswith("2 of 2 katas passed.\n")


def test_swapped_solution_is_named(dojo: Dojo) -> None:
    """A kata whose folder shows the solution says so, and how to end that."""
    dojo("swap", "07")

    ended = dojo("list")

    assert "solution swapped in; `nox -s swap -- 07 --back` returns your files" in ended.out


def test_pipe_gets_plain_lines(dojo_process: Dojo) -> None:
    """In a pipe no line is longer than 80 columns and none holds a control character."""
    lines = dojo_process("list").out.splitlines()

    assert lines
    assert all(len(line) <= 80 and line.isprintable() for line in lines)
