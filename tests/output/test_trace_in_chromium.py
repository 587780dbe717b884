"""The page of a trace in a real browser: it fits, it is a list to whoever hears it, it is safe."""

import re
from pathlib import Path

import pytest

from dojo.model.reports import Outcome
from dojo.model.traces import Moment
from dojo.output.trace_page import write_page

from .browsers import DESKTOP, PHONE, look_at, needs_chromium, run_chromium
from .samples import HOSTILE, make_criterion, make_failed
from .test_site_in_chromium import measure_contrast
from .traces import make_requests, make_trace

pytestmark = needs_chromium

MARKUP = f'</title></li><script>owned = 1</script><img src=x onerror="owned = 1">{HOSTILE}'


@pytest.fixture
def pages(tmp_path: Path) -> dict[str, Path]:
    """Write a small trace, one with all the lanes that fit, a hostile one and an empty one."""
    wide = [
        *make_requests(12),
        *(Moment(lane=f"lane {number}", text="point") for number in range(4)),
        Moment(lane="log", text="long" * 90),
    ]
    hostile = [Moment(lane=MARKUP, span=MARKUP, text=MARKUP, owner=MARKUP)]
    traces = {
        "small": make_trace(),
        "wide": make_trace(wide),
        "hostile": make_trace(hostile, make_failed(did=[MARKUP], seen=MARKUP, expected=MARKUP)),
        "passed": make_trace(result=make_criterion(Outcome.PASSED)),
        "empty": make_trace([]),
    }
    for name, trace in traces.items():
        (tmp_path / f"{name}.html").write_text(write_page(trace), "utf-8")
    return {name: tmp_path / f"{name}.html" for name in traces}


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_page_scrolls_only_down(tmp_path: Path, pages: dict[str, Path], width: int) -> None:
    """No page is wider than a phone or a screen, drawing and long words included."""
    question = """[document.documentElement.scrollWidth, ...[...document.querySelectorAll("svg")]
        .map(each => each.getBoundingClientRect().right)].reduce((a, b) => Math.max(a, b))"""
    widths = look_at(tmp_path, pages, question, width)

    assert widths == dict.fromkeys(pages, width)


def test_lines_join_from_row_to_row(tmp_path: Path, pages: dict[str, Path]) -> None:
    """The drawing of a row is as high as the row, so that a span is one line without a gap."""
    question = """[...document.querySelectorAll("ol.moments li")].map(row => {
        const drawing = row.querySelector("svg").getBoundingClientRect();
        const next = row.nextElementSibling?.querySelector("svg").getBoundingClientRect();
        return next === undefined || Math.abs(drawing.bottom - next.top) < 0.1;
    })"""
    seen = look_at(tmp_path, {"wide": pages["wide"]}, question, PHONE)

    assert seen == {"wide": [True] * 17}


def test_lanes_stand_apart(tmp_path: Path, pages: dict[str, Path]) -> None:
    """On a phone too, each column has a place of its own, left of the words."""
    question = """(row => {
        const lines = [...row.querySelectorAll("line, circle.point")];
        const words = row.querySelector(".text").getBoundingClientRect().left;
        const places = lines.map(each => each.getBoundingClientRect().left);
        return [new Set(places.map(Math.round)).size === lines.length,
                places.every(each => each + 4 < words)];
    })(document.querySelector("#m13"))"""
    seen = look_at(tmp_path, {"wide": pages["wide"]}, question, PHONE)

    assert seen == {"wide": [True, True]}


def test_page_reads_as_a_list(tmp_path: Path, pages: dict[str, Path]) -> None:
    """To a screen reader the page is headings and a numbered list; the drawing is silent."""
    question = """[
        [...document.querySelectorAll("h1, h2")].map(each => each.textContent.trim()),
        document.querySelectorAll("svg:not([aria-hidden=true])").length,
        document.querySelector("ol.moments").role,
        [...document.querySelectorAll("ol.moments > li")].map(
            each => [each.value, each.querySelector(".text").textContent])]"""
    seen = look_at(tmp_path, {"small": pages["small"]}, question, DESKTOP)

    assert seen["small"] == [
        ["Lend books", "What happened", "failed Here the expectation was not met."],
        0,
        "list",
        [
            [1, "request 1: GET /orders/9"],
            [2, "session 1: opened (request 1)"],
            [3, "the partner is well again"],
            [4, "log: WARNING app: slow (request 1, 3 times)"],
            [5, "request 1: answers 404"],
        ],
    ]


def test_hostile_moment_runs_nothing(tmp_path: Path, pages: dict[str, Path]) -> None:
    """Markup of a submission is text, and the page has no script at all."""
    question = """[document.scripts.length, document.images.length, typeof window.owned,
        document.body.textContent.includes("owned = 1<")]"""
    seen = look_at(tmp_path, {"hostile": pages["hostile"]}, question, DESKTOP)

    assert seen == {"hostile": [0, 0, "undefined", True]}


@pytest.mark.parametrize("scheme", [0, 1], ids=["dark", "light"])
def test_trace_stands_out(tmp_path: Path, pages: dict[str, Path], scheme: int) -> None:
    """In both colour schemes words have a contrast of 7 to 1, and lines of more than 4."""
    question = """[...document.querySelectorAll("main *, header *")].map(element => {
        let ground = element, colour;
        do colour = window.getComputedStyle(ground).backgroundColor;
        while (/^rgba.*, 0\\)$/.test(colour) && (ground = ground.parentElement));
        const own = window.getComputedStyle(element).color;
        return [element.closest("svg") || element.matches(".key") ? "line" : "word",
                `${own} on ${element.matches(".key") ? "rgb(255, 255, 255)" : colour}`];
    }).filter(([kind, pair]) => !pair.startsWith("rgba"))"""
    options = [f"--blink-settings=preferredColorScheme={scheme}"]
    shown = {name: path for name, path in pages.items() if name != "empty"}
    seen = look_at(tmp_path, shown, question, DESKTOP, options)
    pairs = {(kind, pair) for found in seen.values() for kind, pair in found}
    drawn = {pair for kind, pair in pairs if kind == "line" and "rgb(255, 255, 255)" not in pair}
    words = {pair for kind, pair in pairs if kind == "word"}

    assert len(words) >= 4
    assert [pair for pair in words if measure_contrast(pair) < 7] == []
    assert [pair for pair in drawn if measure_contrast(pair) < 4] == []


def test_drawing_is_printed(tmp_path: Path) -> None:
    """A long trace goes on over several sheets of paper, and no row is cut in two."""
    long = tmp_path / "long.html"
    long.write_text(write_page(make_trace(make_requests(60, ended=True))), "utf-8")
    target = tmp_path / "print.pdf"
    run_chromium(tmp_path, long.as_uri(), "--no-pdf-header-footer", f"--print-to-pdf={target}")

    assert len(re.findall(rb"/MediaBox", target.read_bytes())) >= 3


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, 0), (DESKTOP, 1)])
def test_screenshot_shows_the_lanes(
    tmp_path: Path, pages: dict[str, Path], width: int, scheme: int
) -> None:
    """A screenshot has the colour of every lane on it, dark on a phone, light on a screen."""
    target = tmp_path / "trace.png"
    options = (f"--blink-settings=preferredColorScheme={scheme}", f"--window-size={width},2400")
    run_chromium(tmp_path, pages["wide"].as_uri(), f"--screenshot={target}", *options)
    shown = tmp_path / "shown.html"
    shown.write_text(f'<img src="{target.as_uri()}">', "utf-8")
    question = """(image => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
        const colours = new Set();
        for (let i = 0; i < data.length; i += 4)
            colours.add("#" + [...data.slice(i, i + 3)].map(
                each => each.toString(16).padStart(2, "0")).join(""));
        return [canvas.width, ...%s.map(each => colours.has(each))];
    })(document.images[0])"""
    dark = ["#8db8f2", "#f0a884", "#86d3a5", "#d0a3ec", "#dcc46c", "#15181c"]
    light = ["#1d4f91", "#8a3b12", "#1f6b3b", "#6d2f8e", "#6b5a00", "#ffffff"]
    wanted = question % (dark, light)[scheme]
    seen = look_at(tmp_path, {"shown": shown}, wanted, DESKTOP)

    assert seen["shown"][1:] == [True] * 6
