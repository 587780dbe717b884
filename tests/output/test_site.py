"""The site says the same as the terminal, and can be read without a browser's help."""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from dojo.model.reports import CriterionResult, Finding, Outcome, Report
from dojo.runner.cohort_records import Result, Run, name_folder

from ..output.samples import HOSTILE, make_criterion, make_failed, make_report
from .cohorts import make_fault, make_kata, make_result, make_run, write_cohort
from .pages import Page

BLOCKED = make_criterion(
    Outcome.BLOCKED, name="test_book_is_lent", task=2, waits_for="test_shelf_is_full"
)
CRITERIA = [make_criterion(), make_failed(), BLOCKED]
MARKUP = '<script>owned = 1</script></title><img src=x onerror="owned = 1"> "\'&amp; {{ 7 * 7 }}'
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def write_site(folder: Path, *results: Result, run: Run | None = None) -> Path:
    """Write the site of these results."""
    return write_cohort(folder, run or make_run(make_kata(CRITERIA)), results) / "site"


def read_student(folder: Path, result: Result) -> Page:
    """Write the site of one result and read the student's page."""
    site = write_site(folder, result)
    return Page.read(site / "students" / f"{name_folder(result.student)}.html")


def report_on(*criteria: CriterionResult) -> Report:
    """Make a report of all criteria of the kata; those given replace their namesakes."""
    given = {each.name: each for each in criteria}
    return make_report(*(given.get(each.name, each) for each in CRITERIA))


@pytest.fixture(scope="module")
def every_page(tmp_path_factory: pytest.TempPathFactory) -> Sequence[tuple[Path, Page]]:
    """Read all pages of a cohort that has one of everything, in names as well as in results."""
    broken = Finding(kind="import", seen=MARKUP, did=(MARKUP,), output=f"{MARKUP}\n{HOSTILE}")
    errors = [
        each.model_copy(update={"outcome": Outcome.ERROR, "finding": broken}) for each in CRITERIA
    ]
    site = write_site(
        tmp_path_factory.mktemp("cohort"),
        make_result("Ana", report_on()),
        make_result(MARKUP, report_on(make_failed(did=[MARKUP], seen=MARKUP, output=HOSTILE))),
        make_result(HOSTILE, make_report(*errors)),
        make_result("../../escape", source="x", problem=MARKUP),
        make_fault("CON", MARKUP),
        make_result("Zoë O'Neill"),
        run=make_run(make_kata(CRITERIA), name=MARKUP),
    )
    return [(path, Page.read(path)) for path in sorted(site.rglob("*.html"))]


def test_every_student_has_page(every_page: Sequence[tuple[Path, Page]]) -> None:
    """There is an overview, a page for the kata and one for each student, and nothing besides."""
    folders = [path.parent.name for path, _ in every_page]

    assert folders.count("site") == folders.count("katas") == 1
    assert folders.count("students") == 6


def test_every_link_leads_somewhere(every_page: Sequence[tuple[Path, Page]]) -> None:
    """Links are relative, and lead to a page of the site or to a part of the same page."""
    for path, page in every_page:
        names = {each.attributes.get("id") for each in page.elements}
        for link in page.find("a"):
            target, _, part = link.attributes["href"].partition("#")
            assert not part or part in names
            assert (path.parent / target).resolve().exists()


def test_pages_need_nothing_else(every_page: Sequence[tuple[Path, Page]]) -> None:
    """No page has a script, a form or anything that is fetched."""
    for _, page in every_page:
        tags = {each.tag for each in page.elements}
        assert not tags & {"script", "img", "link", "iframe", "form", "object", "base"}
        attributes = {name for each in page.elements for name in each.attributes}
        assert not attributes & {"src", "srcset", "style"}
        assert not any(name.startswith("on") for name in attributes)


def test_markup_is_shown_as_text(every_page: Sequence[tuple[Path, Page]]) -> None:
    """A name made of markup stands in the title, the heading and the tables as it is."""
    pages = {path.name: page for path, page in every_page}
    student = pages[f"{name_folder(MARKUP)}.html"]

    assert student.read_texts("h1") == [MARKUP]
    assert student.read_texts("title") == [f"{MARKUP}: {MARKUP}"]
    assert MARKUP in pages["index.html"].read_texts("th")
    assert MARKUP in student.read_texts("pre")


def test_control_characters_are_visible(every_page: Sequence[tuple[Path, Page]]) -> None:
    """No page holds a character that could turn text around or be taken for another."""
    for path, _ in every_page:
        assert not HARMFUL.search(path.read_text("utf-8"))


def test_headings_are_in_order(every_page: Sequence[tuple[Path, Page]]) -> None:
    """A page has one heading of the first level, and no level is left out."""
    for _, page in every_page:
        levels = [int(each.tag[1]) for each in page.elements if re.fullmatch(r"h\d", each.tag)]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(b <= a + 1 for a, b in pairwise(levels))


def test_tables_can_be_read_aloud(every_page: Sequence[tuple[Path, Page]]) -> None:
    """Tables have captions, and every heading of theirs says what it is the heading of."""
    for _, page in every_page:
        assert len(page.find("caption")) == len(page.find("table"))
        assert {each.attributes.get("scope") for each in page.find("th")} <= {"col", "row"}
        assert page.find("html")[0].attributes == {"lang": "en"}
        assert len(page.find("main")) == 1


def test_results_are_words(every_page: Sequence[tuple[Path, Page]]) -> None:
    """Whatever is marked by colour and sign is said by a word as well."""
    words = {"passed", "failed", "blocked", "error", "not passed"}
    words |= {"not gradable", "missing", "grader fault"}
    for _, page in every_page:
        marks = [each for each in page.elements if each.has("mark")]
        assert {each.text for each in marks} <= words


def test_finding_is_told_in_parts(tmp_path: Path) -> None:
    """A criterion that failed shows what was done, expected and seen, as the terminal does."""
    failed = make_failed(did=["curl -i /books"], expected="status 200", because="`Shelf` is empty.")
    page = read_student(tmp_path, make_result("Ana", report_on(failed)))

    assert page.read_texts("dt") == ["Did", "Expected", "Seen", "Because", "Waits for"]
    assert page.read_texts("dd")[:3] == ["curl -i /books", "status 200", "status 404 Not Found"]
    assert "Shelf" in page.read_texts("code")


def test_blocked_names_what_comes_first(tmp_path: Path) -> None:
    """A blocked criterion says which behaviour it waits for."""
    page = read_student(tmp_path, make_result("Ana", report_on()))

    assert page.read_texts("dd")[-1] == "Shelf is full."


def test_criteria_stand_below_tasks(tmp_path: Path) -> None:
    """The headings are those of the README's tasks."""
    page = read_student(tmp_path, make_result("Ana", report_on()))

    assert page.read_texts("h3") == ["Task 1: Title of 1", "Task 2: Title of 2"]


def test_obstacle_is_told_once(tmp_path: Path) -> None:
    """Where one reason kept everything from being checked, it stands above all criteria alone."""
    crash = Finding(kind="import", seen="The import of the app raises NameError")
    errors = [
        each.model_copy(update={"outcome": Outcome.ERROR, "finding": crash}) for each in CRITERIA
    ]
    page = read_student(tmp_path, make_result("Ana", make_report(*errors)))

    assert page.read_texts("dt") == ["Reason"]
    assert page.read_texts("span", "error") == ["error"] * 3


def test_fault_is_nobodys_zero(tmp_path: Path) -> None:
    """After a grader fault the page shows no points and says that it costs no points."""
    page = read_student(tmp_path, make_fault("Ana"))

    assert page.read_texts("span", "grader_fault") == ["grader fault"]
    assert "costs no points" in page.read_texts("p", "problem")[0]
    assert "KeyError" not in page.read_texts("main")[0]


def test_overview_lists_what_needs_look(tmp_path: Path) -> None:
    """Faults and submissions that cannot be graded are listed; missing ones are only counted."""
    unread = make_result("Bo", source="bo.rar", problem="'bo.rar' is no archive.")
    site = write_site(tmp_path, make_fault("Ana"), unread, make_result("Cy"))
    page = Page.read(site / "index.html")

    assert page.read_texts("li")[-2:] == [
        "Ana 07_library grader fault The grader has an error. "
        "This is not an error in the submission, and it costs no points.",
        "Bo 07_library not gradable 'bo.rar' is no archive.",
    ]


def test_distribution_counts_outcomes(tmp_path: Path) -> None:
    """Each criterion has its counts in words that the bar beside it repeats."""
    well = make_criterion(name="test_shelf_is_full")
    results = [
        make_result("Ana", report_on()),
        make_result("Bo", report_on(well)),
        make_result("Cy"),
    ]
    page = Page.read(write_site(tmp_path, *results) / "katas" / "07_library.html")
    cells = page.read_texts("td", "number")

    assert cells[:5] == ["1", "2", "0", "0", "0"]
    assert cells[5:10] == ["2", "1", "1", "0", "0"]
    assert len(page.find("svg", "bar")) == 3 + 4


def test_hidden_bar_parts_are_drawn(tmp_path: Path) -> None:
    """One student of many still shows in the bar."""
    results = [make_result(f"Student {n}", report_on()) for n in range(500)]
    site = write_site(tmp_path, make_fault("Ana"), *results)
    (fault, *_) = Page.read(site / "index.html").find("rect", "grader_fault")

    assert float(fault.attributes["width"].rstrip("%")) > 0.5


def test_pages_are_reached_by_links(every_page: Sequence[tuple[Path, Page]]) -> None:
    """The overview leads to every page, a kata's page to its students, and each page back."""
    pages = {path.resolve(): page for path, page in every_page}
    reached = {path: _follow(path, page) for path, page in pages.items()}
    (index,) = (path for path in pages if path.name == "index.html")
    (kata,) = (path for path in pages if path.parent.name == "katas")
    students = {path for path in pages if path.parent.name == "students"}

    assert reached[index] == {kata, *students}
    assert reached[kata] == {index, *students}
    assert all(index in reached[student] for student in students)


def _follow(path: Path, page: Page) -> set[Path]:
    """Give the other pages that a page has links to."""
    links = (each.attributes["href"].partition("#")[0] for each in page.find("a"))
    return {(path.parent / link).resolve() for link in links if link}
