"""The site in a real browser: findings of a real grading, at every width and in every scheme."""

import re
from pathlib import Path

import pytest

from ..output.samples import make_failed, make_report
from .browsers import DESKTOP, PHONE, look_at, needs_chromium, run_chromium
from .cohorts import grade_cohort, make_kata, make_result, write_cohort

pytestmark = needs_chromium

HOSTILE = '</title><script>document.title = owned = 1</script><img src=x onerror="owned = 1">'
KATA = "katas/03_dependencies.html"
LONGEST = "Wolfeschlegelsteinhausenbergerdorff" * 4


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grade a cohort for real, add hostile and long names, and write its site."""
    run, results = grade_cohort(tmp_path_factory.mktemp("submissions"))
    second = [
        make_result(name, make_report(make_failed(did=[f"curl /{LONGEST}"], seen=HOSTILE)))
        for name in (HOSTILE, LONGEST)
    ]
    others = [
        each
        for result in second
        for each in (results[0].model_copy(update={"student": result.student}), result)
    ]
    katas = (*run.katas, make_kata([make_failed()]))
    run = run.model_copy(update={"katas": katas})
    return write_cohort(tmp_path_factory.mktemp("cohort"), run, [*results, *others]) / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Path]:
    """Name every page of the site."""
    return {str(path.relative_to(site)): path for path in site.rglob("*.html")}


def test_phone_scrolls_no_page_sideways(tmp_path: Path, pages: dict[str, Path]) -> None:
    """At the width of a phone every page fits; what is wider scrolls in a box of its own."""
    question = "document.documentElement.scrollWidth"
    widths = look_at(tmp_path, pages, question, PHONE)

    assert widths == dict.fromkeys(pages, PHONE)


def test_matrix_scrolls_in_its_box(tmp_path: Path, pages: dict[str, Path]) -> None:
    """The wide matrix can be scrolled with the keyboard, and its names stay in view."""
    question = """(box => {
        box.scrollTo(10000, 10000);
        const name = box.querySelector("tbody th").getBoundingClientRect();
        const head = box.querySelector("thead th:last-child").getBoundingClientRect();
        const edge = box.getBoundingClientRect();
        return [box.tabIndex, box.scrollLeft > 0, Math.abs(name.left - edge.left) <= 1,
                Math.abs(head.top - edge.top) <= 1];
    })(document.querySelector(".tall"))"""

    assert look_at(tmp_path, {KATA: pages[KATA]}, question, PHONE) == {KATA: [0, True, True, True]}


def test_hostile_name_runs_nothing(tmp_path: Path, pages: dict[str, Path]) -> None:
    """Markup in a name is text to a browser, on every page."""
    question = """[document.scripts.length, document.images.length,
        typeof window.owned, document.title.startsWith("1")]"""
    seen = look_at(tmp_path, pages, question, DESKTOP)

    assert [*seen.values()] == [[0, 0, "undefined", False]] * len(pages)


def test_policy_stops_smuggled_script(tmp_path: Path, pages: dict[str, Path]) -> None:
    """Should markup ever get through, the page's own policy keeps its scripts from running."""
    smuggled = tmp_path / "smuggled.html"
    text = pages["index.html"].read_text("utf-8")
    smuggled.write_text(text.replace("<main", "<script>owned = 1</script><main", 1), "utf-8")
    question = "[document.scripts.length, typeof window.owned]"

    assert look_at(tmp_path, {"page": smuggled}, question, DESKTOP) == {"page": [1, "undefined"]}


@pytest.mark.parametrize("scheme", [0, 1], ids=["dark", "light"])
def test_text_stands_out(tmp_path: Path, pages: dict[str, Path], scheme: int) -> None:
    """In both colour schemes every colour of text has a contrast of at least 7 to 1."""
    question = """[...document.querySelectorAll("main *, header *, footer *")].map(element => {
        let ground = element, colour;
        do colour = window.getComputedStyle(ground).backgroundColor;
        while (colour === "rgba(0, 0, 0, 0)" && (ground = ground.parentElement));
        return `${window.getComputedStyle(element).color} on ${colour}`;
    })"""
    options = [f"--blink-settings=preferredColorScheme={scheme}"]
    seen = look_at(tmp_path, pages, question, DESKTOP, options)
    pairs = {pair for found in seen.values() for pair in found}

    assert len(pairs) > 5
    assert {pair: measure_contrast(pair) for pair in pairs if measure_contrast(pair) < 7} == {}


def test_schemes_differ(tmp_path: Path, pages: dict[str, Path]) -> None:
    """The dark scheme has a dark ground, so the style is applied under the page's policy."""
    question = "window.getComputedStyle(document.body).backgroundColor"
    index = {"index": pages["index.html"]}
    grounds = [
        look_at(tmp_path, index, question, DESKTOP, [f"--blink-settings=preferredColorScheme={n}"])
        for n in (0, 1)
    ]

    assert grounds == [{"index": "rgb(21, 24, 28)"}, {"index": "rgb(255, 255, 255)"}]


def test_bars_survive_without_colour(tmp_path: Path, pages: dict[str, Path]) -> None:
    """Where the system forces its colours, parts of a bar still differ from each other."""
    question = """[window.matchMedia("(forced-colors: active)").matches,
        [...document.querySelectorAll(".legend rect")].map(
            part => window.getComputedStyle(part).fill.replace(/ .*/, ""))]"""
    seen = look_at(tmp_path, {KATA: pages[KATA]}, question, DESKTOP, ["--force-high-contrast"])
    forced, fills = seen[KATA]

    assert forced
    assert len(set(fills)) == len(fills) == 4


def test_matrix_prints_on_wide_paper(tmp_path: Path, pages: dict[str, Path]) -> None:
    """In print the matrix of a kata lies across the page; everything else stands upright."""
    overview, kata = (print_page(tmp_path, pages[name]) for name in ("index.html", KATA))

    assert set(overview) == {"upright"}
    assert list(dict.fromkeys(kata)) == ["upright", "across"]


def print_page(scratch: Path, page: Path) -> list[str]:
    """Print a page as PDF and tell how each sheet lies."""
    target = scratch / "print.pdf"
    run_chromium(scratch, page.as_uri(), "--no-pdf-header-footer", f"--print-to-pdf={target}")
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", target.read_bytes())
    return ["across" if float(width) > float(height) else "upright" for width, height in boxes]


def measure_contrast(pair: str) -> float:
    """Give the contrast of two colours, by the formula of the accessibility guidelines."""
    numbers = [[int(n) for n in each] for each in re.findall(r"rgb\((\d+), (\d+), (\d+)\)", pair)]
    dark, light = sorted(map(measure_luminance, numbers))
    return (light + 0.05) / (dark + 0.05)


def measure_luminance(colour: list[int]) -> float:
    """Give the relative luminance of a colour in sRGB."""
    shares = [each / 255 for each in colour]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares]
    return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
