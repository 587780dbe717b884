"""The website, built whole: its links, what it loads, and how it looks in a real browser."""

import json
import re
import struct
from pathlib import Path

import pytest

from dojo.model.catalogue import Catalogue
from dojo.output.website import Website

from .browsers import DESKTOP, PHONE, look_at, needs_chromium, run_chromium
from .listeners import act_on
from .websites import Document, list_broken, read_documents

ROOT = Path(__file__).parents[2]
TABLET = 768
SHOWN = (
    *(
        "index.html",
        "start.html",
        "rules.html",
        "news.html",
        "katas/index.html",
        "docs/security.html",
    ),
    *("katas/02_blocking_route.html", "katas/16_predict_the_output.html"),
    *("katas/02_blocking_route/solution.html", "katas/04_params/wrong_turns.html"),
)
"""A page of each kind."""
DARK, LIGHT = 0, 1


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the website of this repository."""
    folder = tmp_path_factory.mktemp("website") / "site"
    Website(Catalogue(ROOT)).build(folder)
    return folder


@pytest.fixture(scope="module")
def documents(site: Path) -> dict[str, Document]:
    """Read every page of it."""
    return read_documents(site)


@pytest.fixture(scope="module")
def shown(site: Path) -> dict[str, Path]:
    """Name the pages that are looked at."""
    return {name: site / name for name in SHOWN}


def test_every_kata_has_pages(documents: dict[str, Document]) -> None:
    """A kata has a statement, its solution with notes, and its wrong turns."""
    wanted = {
        f"katas/{kata.id}{page}.html"
        for kata in Catalogue(ROOT).katas
        for page in ("", "/solution", "/wrong_turns")
    }

    assert wanted - documents.keys() == set()


def test_every_link_leads_somewhere(site: Path, documents: dict[str, Document]) -> None:
    """A link inside leads to a file and an anchor that are there, one outside to an address."""
    assert len(documents) > 60
    assert list(list_broken(site, documents)) == []


def test_crawler_notices_broken_links(tmp_path: Path) -> None:
    """A missing file, a missing anchor and an odd address are told apart from good links."""
    links = ("b.html", "a.html#no", "http://plain.example", "a.html#yes", "https://good.example")
    text = "".join(f'<a href="{link}">x</a>' for link in links)
    (tmp_path / "a.html").write_text(f'<p id="yes">{text}', "utf-8")
    broken = set(list_broken(tmp_path, read_documents(tmp_path)))

    assert broken == {f"a.html: {link}" for link in links[:3]}


def test_nothing_is_loaded_from_outside(site: Path, documents: dict[str, Document]) -> None:
    """No page and no style asks another host for anything."""
    loaded = {each for document in documents.values() for each in document.loaded}
    styles = "".join(path.read_text("utf-8") for path in site.rglob("*.css"))
    asked = re.findall(r"(?:url\(|@import)\s*[\"']?\s*(?:https?:)?//[^)]*", styles)

    assert len(loaded) > 5
    assert [each for each in loaded if re.match(r"\w+:|//", each)] == []
    assert asked == []


def test_folds_are_closed_at_first(documents: dict[str, Document]) -> None:
    """Hints, notes, solutions and wrong turns are there, and none of them is open."""
    folds = [fold for document in documents.values() for fold in document.folds]
    kinds = {fold["class"] for fold in folds}

    assert {"hints", "hint", "spoiler", "wrong", "accepted"} <= kinds
    assert [fold for fold in folds if "open" in fold] == []


def test_headings_go_down_step_by_step(documents: dict[str, Document]) -> None:
    """A page has one first heading, and no heading skips a level."""
    odd = {
        page: document.headings
        for page, document in documents.items()
        if document.headings[:1] != [1]
        or document.headings.count(1) != 1
        or any(b > a + 1 for a, b in zip(document.headings, document.headings[1:], strict=False))
    }

    assert odd == {}


def test_language_and_images_are_described(documents: dict[str, Document]) -> None:
    """A page says its language, and an image has a text in its place."""
    images = [image for document in documents.values() for image in document.images]

    assert {document.language for document in documents.values()} == {"en"}
    assert [image for image in images if not image.get("alt")] == []


def test_search_knows_no_answers(site: Path) -> None:
    """The index holds statements and guides, and neither solutions nor wrong turns."""
    index = json.loads((site / "search.json").read_text("utf-8"))
    found = {item["location"].partition("#")[0] for item in index["items"]}

    assert {"katas/02_blocking_route.html", "docs/grading.html", "news.html"} <= found
    assert [page for page in found if re.search(r"solution|wrong_turns", page)] == []


@needs_chromium
@pytest.mark.parametrize("width", [PHONE, TABLET, DESKTOP])
def test_no_page_scrolls_sideways(tmp_path: Path, shown: dict[str, Path], width: int) -> None:
    """At three widths every page fits; what is wider scrolls in a box of its own."""
    assert look_at(tmp_path, shown, OVERHANG, width) == dict.fromkeys(shown, 0)


@needs_chromium
def test_wide_page_is_noticed(tmp_path: Path) -> None:
    """What stands out to the right is measured, also from a closed fold."""
    page = tmp_path / "wide.html"
    fold = '<details><p style="width: 490px">wide</p></details>'
    page.write_text(f'<!DOCTYPE html><body style="margin: 0">{fold}', "utf-8")

    assert look_at(tmp_path, {"page": page}, OVERHANG, PHONE) == {"page": 100}


@needs_chromium
@pytest.mark.parametrize("scheme", [DARK, LIGHT], ids=["dark", "light"])
def test_text_stands_out(tmp_path: Path, shown: dict[str, Path], scheme: int) -> None:
    """In both colour schemes every text has a contrast of at least 4.5 to 1."""
    options = [f"--blink-settings=preferredColorScheme={scheme}"]
    seen = look_at(tmp_path, shown, FAINT, DESKTOP, options)

    assert all(page["texts"] > 50 for page in seen.values())
    assert {name: page["faint"] for name, page in seen.items() if page["faint"]} == {}


@needs_chromium
def test_faint_text_is_noticed(tmp_path: Path) -> None:
    """Grey on a see-through white over grey is reported, black beside it is not."""
    page = tmp_path / "faint.html"
    grey = '<div style="background: #888"><p style="background: #fff3; color: #999">faint'
    page.write_text(f'<!DOCTYPE html><p style="color: #000">clear</p>{grey}', "utf-8")
    seen = look_at(tmp_path, {"page": page}, FAINT, DESKTOP)

    assert seen == {"page": {"texts": 2, "faint": ["1.09 P. faint"]}}


@needs_chromium
def test_schemes_differ(tmp_path: Path, site: Path) -> None:
    """The system's preference chooses the colours of the first visit."""
    question = "window.getComputedStyle(document.body).backgroundColor"
    home = {"home": site / "index.html"}
    dark, light = (
        look_at(
            tmp_path, home, question, DESKTOP, [f"--blink-settings=preferredColorScheme={each}"]
        )
        for each in (DARK, LIGHT)
    )

    assert (dark["home"], light["home"]) == ("rgb(13, 20, 19)", "rgb(255, 255, 255)")


@needs_chromium
@pytest.mark.parametrize("scheme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("width", [PHONE, TABLET, DESKTOP])
def test_page_can_be_photographed(tmp_path: Path, site: Path, width: int, scheme: int) -> None:
    """A screenshot of the first page shows something at each width and in each scheme."""
    picture, frame = tmp_path / "home.png", tmp_path / "frame.html"
    address = (site / "index.html").as_uri()
    style = f"border: 0; height: 900px; width: {width}px"
    frame.write_text(f'<body style="margin: 0"><iframe src="{address}" style="{style}">', "utf-8")
    size = f"--window-size={max(width, 500)},900"
    colours = f"--blink-settings=preferredColorScheme={scheme}"
    run_chromium(tmp_path, frame.as_uri(), size, colours, f"--screenshot={picture}")
    content = picture.read_bytes()

    assert struct.unpack(">II", content[16:24]) == (max(width, 500), 900)
    assert len(content) > 20_000  # an empty page takes 4,000 bytes


@needs_chromium
def test_search_finds_a_kata(tmp_path: Path, site: Path) -> None:
    """Who types a word sees the pages with it, and none that gives an answer away."""
    found = act_on(tmp_path, site, "index.html", SEARCH)

    assert "/katas/40_idempotent_post.html" in found
    assert [page for page in found if re.search(r"solution|wrong_turns", page)] == []


OVERHANG = """(document.querySelectorAll("details").forEach(fold => fold.open = true),
    document.documentElement.scrollWidth - document.body.offsetWidth)"""
"""Measures by how many pixels a page is too wide, with all folds open."""

SEARCH = """
    page.querySelector(".md-search__button").click();
    const divisions = () => [...page.querySelectorAll("body > div")];
    const search = (await wait(() => divisions().find(each => each.shadowRoot))).shadowRoot;
    const field = await wait(() => search.querySelector("input[role=combobox]"));
    field.value = "idempotent";
    field.dispatchEvent(new InputEvent("input", {bubbles: true, composed: true}));
    await wait(() => search.querySelector("[role=option] mark"));
    return [...search.querySelectorAll("[role=option]")].map(each => new URL(each.href).pathname);
"""
"""Searches for a word, and gives the pages that are found."""

FAINT = """(() => {
    const parse = colour => {
        const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
        return {r, g, b, a};
    };
    const lay = (top, under) => ({a: 1, ...Object.fromEntries(["r", "g", "b"].map(
        c => [c, top[c] * top.a + under[c] * (1 - top.a)]))});
    const find = element => {
        const layers = [];
        for (let e = element; e; e = e.parentElement)
            layers.push(parse(window.getComputedStyle(e).backgroundColor));
        return layers.reverse().reduce((under, top) => lay(top, under), {r: 255, g: 255, b: 255});
    };
    const measure = ({r, g, b}) => [r, g, b].map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    document.querySelectorAll("details").forEach(fold => fold.open = true);
    const texts = [...document.querySelectorAll("body *")].filter(e => e.checkVisibility({
        opacityProperty: true, visibilityProperty: true}) && !e.closest("svg") &&
        [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
    const faint = texts.flatMap(e => {
        const ground = find(e), ink = lay(parse(window.getComputedStyle(e).color), ground);
        const [dark, light] = [measure(ground), measure(ink)].sort((x, y) => x - y);
        const contrast = (light + 0.05) / (dark + 0.05);
        return contrast < 4.5
            ? [`${contrast.toFixed(2)} ${e.tagName}.${e.className} ${e.textContent.slice(0, 30)}`]
            : [];
    });
    return {texts: texts.length, faint: [...new Set(faint)]};
})()"""
"""Finds texts that are hard to read, with all folds open."""
