"""The Markdown of the website's pages, before it is laid out."""

import re
from pathlib import Path

import pytest

from dojo.learning.exercises import read_tasks
from dojo.model.catalogue import Catalogue
from dojo.model.rules import read_rules
from dojo.output.website import arrange, write_toml
from dojo.output.website_pages import Page, make_document, make_home, make_kata_pages, make_rules

CATALOGUE = Catalogue(Path(__file__).parents[2])
KATA = CATALOGUE.find("02")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    """Make the pages of kata 02: its statement, its solution, its wrong turns."""
    return make_kata_pages(KATA, tmp_path_factory.mktemp("answers"))


def test_each_hint_has_a_fold(pages: list[Page]) -> None:
    """All hints of all tasks are there, each in a fold of its own within one for the task."""
    tasks = read_tasks(KATA.exercise / "HINTS.md")
    titles = re.findall(r"^//// details \| (Hint \d+ of \d+)$", pages[0].text, re.MULTILINE)

    assert titles == [
        f"Hint {number} of {len(task.hints)}"
        for task in tasks
        for number in range(1, len(task.hints) + 1)
    ]


def test_statement_names_what_comes_before(pages: list[Page]) -> None:
    """The facts above the statement link to each kata that this one builds on."""
    facts = pages[0].text.partition('<div class="facts"')[2].partition("</div>")[0]

    assert KATA.file.level in facts
    assert re.findall(r"after .*\.\./(\w+)/", facts) == list(KATA.file.after)


def test_notes_link_to_answers(pages: list[Page]) -> None:
    """The names of known answers in the notes lead to their differences."""
    assert (
        "[`nested_event_loop`](../../graders/02_blocking_route/nested_event_loop)" in pages[1].text
    )


def test_answer_is_a_difference(pages: list[Page]) -> None:
    """A known answer says why it is wrong, what it fails, and which lines differ."""
    found = re.search(r"details \| nested_event_loop\n(.*?)\n///", pages[2].text, re.DOTALL)

    assert found
    assert "It fails:" in found[1]
    assert "+++ nested_event_loop/app/routes.py" in found[1]


def test_every_rule_and_card_is_shown() -> None:
    """The page of the rules has each rule with its questions."""
    text = make_rules(CATALOGUE).text
    rules = read_rules(CATALOGUE.root)
    taught = {name for kata in CATALOGUE.katas for name in kata.file.rules}
    missing = [
        card.question
        for name, rule in rules.items()
        for card in rule.cards
        if name in taught and f"/// details | {card.question}\n" not in text
    ]

    assert len(taught) > 30
    assert missing == []


@pytest.mark.parametrize("repository", [None, "https://example.com/katas"])
def test_home_tells_where_to_clone(repository: str | None) -> None:
    """The first page says how to get the repository where its address is known."""
    text = make_home(CATALOGUE, repository).text

    assert ("git clone https://example.com/katas" in text) is (repository is not None)
    assert '<span class="FAILED">FAILED</span>' in text


def test_spoilers_are_in_no_menu(pages: list[Page]) -> None:
    """The navigation has the statement of a kata below its track, and neither of its answers."""
    overview = Page("exercises/index", "katas/index.md", "All katas", "")
    arranged = arrange({"Katas": [overview], "async": pages})

    statement = {"02 Fix the blocking async route": "katas/02_blocking_route.md"}
    assert arranged == [{"Katas": ["katas/index.md", {"Async": [statement]}]}]


def test_title_in_menu_is_plain(tmp_path: Path) -> None:
    """Marks of code in a heading do not show up in the navigation."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "review.md").write_text("# Come back: `review`\n\nText.\n", "utf-8")

    assert make_document(tmp_path, "docs/review.md").title == "Come back: review"


def test_order_is_toml() -> None:
    """Titles with quotes stay whole."""
    assert write_toml([{'Say "hi"': ["a.md"]}]) == r'[{ "Say \"hi\"" = ["a.md"] }]'
