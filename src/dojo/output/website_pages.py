"""Website pages: the Markdown of every page, made from the files that the repository has anyway.

Links count from the file that a page is made of; the caller leads them to other pages.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import escape

from ..learning.exercises import read_tasks
from ..model.catalogue import TASK_HEADING, TRACKS, Catalogue, Kata
from ..model.curriculum import order
from ..model.rules import RULES_FILE, read_rules
from ..proof.cases import (
    Case,
    ExpectFile,
    list_cases,
    list_folders,
    read_app,
    read_sentences,
    read_wrong_file,
)
from .answer_differences import compare
from .framework_versions import VERSIONS, read_versions
from .page_links import separate_lists

START = "README.md"
FOR_OTHERS = ("authoring", "grading", "instructors", "security", "site")
"""The guides for instructors and authors, which come after those for learners."""
PROJECT = ("CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md")
"""What is written for those who change the repository."""

_TEMPLATES = Environment(
    loader=PackageLoader(__package__, "website_templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TITLE = re.compile(r"^# (.+)\n+", re.MULTILINE)
_SECTION = re.compile(r"^(?=## )", re.MULTILINE)
_OUTPUT = re.compile(r"<!-- output -->\n(.*?)<!-- /output -->", re.DOTALL)
_OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR|BLOCKED)\b", re.MULTILINE)
_CODE = re.compile(r"(?<!\[)`(\w+)`(?!\])")


@dataclass(frozen=True)
class Page:
    """A page: the file or folder it is made of, where it is on the website, and its Markdown."""

    source: str
    path: str
    title: str
    text: str
    covers: tuple[tuple[str, str], ...] = ()
    """More files and folders that it is the page of, each with an anchor or none."""
    is_spoiler: bool = False

    @property
    def places(self) -> Iterator[tuple[str, str]]:
        """Give what it is the page of, and where on the website that is."""
        yield self.source, self.path
        for source, anchor in self.covers:
            yield source, f"{self.path}#{anchor}" if anchor else self.path


@dataclass(frozen=True)
class Section:
    """A part of a statement, from its heading on, and the hints for it."""

    text: str
    hints: Sequence[str]


@dataclass(frozen=True)
class Answer:
    """A known answer: why it is wrong or right, the criteria it fails, and its difference."""

    name: str
    why: str
    fails: Sequence[str]
    difference: str


def render(template: str, **values: Any) -> str:
    """Fill a template of Markdown."""
    return _TEMPLATES.get_template(template).render(values)


@dataclass(frozen=True)
class Counts:
    """How many answers of each kind are known."""

    wrong: int
    accepted: int


def count_answers(katas: Sequence[Kata]) -> Counts:
    """Count the known answers of katas."""
    folders = [kata.grader / "submissions" for kata in katas]
    edited = sum(len(read_wrong_file(kata)) for kata in katas)
    built = sum(len(list_folders(folder / "wrong")) for folder in folders)
    return Counts(edited + built, sum(len(list_folders(each / "accepted")) for each in folders))


def make_home(catalogue: Catalogue, repository: str | None) -> Page:
    """Make the first page: what this is, how to start, and a verdict from a real run."""
    readme = (catalogue.root / START).read_text("utf-8")
    opening = _SECTION.split(_drop_title(readme))[0].strip()
    found = _OUTPUT.search(readme)
    output = found[1].strip("\n").replace("\n    ", "\n").removeprefix("    ") if found else ""
    text = render(
        "home.md",
        opening=" ".join(opening.split()),
        output=_mark_outcomes(output),
        tracks=group_by_track(catalogue.katas),
        katas=catalogue.katas,
        counts=count_answers(catalogue.katas),
        repository=repository,
    )
    return Page("home", "index.md", "Home", text)


def _mark_outcomes(output: str) -> str:
    """Write a terminal's output as HTML on its own; an empty line would end it in Markdown."""
    marked = _OUTCOME.sub(r'<span class="\1">\1</span>', str(escape(output)))
    return marked.replace("\n\n", "\n&#8203;\n")


def make_document(root: Path, source: str) -> Page:
    """Make the page of a Markdown file that is there to be read."""
    text = (root / source).read_text("utf-8")
    path = "start.md" if source == START else source.lower()
    return Page(source, path, _read_title(text), separate_lists(text))


def make_katas(katas: Sequence[Kata]) -> Page:
    """Make the overview of all katas."""
    text = render("katas.md", katas=katas, tracks=group_by_track(katas), after=list_predecessors)
    covers = tuple((folder, "") for folder in ("exercises", "solutions", "graders"))
    return Page("exercises/index", "katas/index.md", "All katas", text, covers)


def group_by_track(katas: Sequence[Kata]) -> list[tuple[str, list[Kata]]]:
    """Give the katas of each track that has some, each after those that it builds on."""
    ordered = order(katas)
    grouped = [(track, [k for k in ordered if k.file.track == track]) for track in TRACKS]
    return [(track, members) for track, members in grouped if members]


def list_predecessors(kata: Kata) -> list[Kata]:
    """Give the katas that one builds on directly."""
    return [each for each in Catalogue(kata.root).katas if each.id in kata.file.after]


def make_rules(catalogue: Catalogue) -> Page:
    """Make the page of the rules, each under the track of the first kata that teaches it."""
    rules = read_rules(catalogue.root)
    taught = {name: [k for k in order(catalogue.katas) if name in k.file.rules] for name in rules}
    tracks = [
        (
            track,
            [(name, rules[name], katas) for name, katas in taught.items() if _leads(katas, track)],
        )
        for track in TRACKS
    ]
    listed = [(track, found) for track, found in tracks if found]
    text = render("rules.md", count=sum(len(found) for _, found in listed), tracks=listed)
    return Page(RULES_FILE.as_posix(), "rules.md", "Rules and cards", text)


def _leads(katas: Sequence[Kata], track: str) -> bool:
    return bool(katas) and katas[0].file.track == track


def make_news(catalogue: Catalogue) -> Page:
    """Make the page about what changed in FastAPI; the newest comes first."""
    text = render("news.md", versions=read_versions(catalogue))
    return Page(VERSIONS, "news.md", "What is new in FastAPI", text)


def make_kata_pages(kata: Kata, scratch: Path) -> list[Page]:
    """Make the pages of a kata: the statement, the solution, the wrong turns."""
    cases = [case for case in list_cases(kata, scratch) if case.kind in ("wrong", "accepted")]
    return [
        _make_statement(kata),
        _make_solution(kata, {case.name for case in cases}),
        _make_wrong_turns(kata, cases),
    ]


def _make_statement(kata: Kata) -> Page:
    readme = separate_lists((kata.exercise / "README.md").read_text("utf-8"))
    hints = {task.number: task.hints for task in read_tasks(kata.exercise / "HINTS.md")}
    opening, *sections = _SECTION.split(_drop_title(readme))
    rules = read_rules(kata.root)
    text = render(
        "kata.md",
        kata=kata,
        summary=kata.file.title,
        opening=opening,
        sections=[_make_section(each, hints) for each in sections],
        counts=count_answers([kata]),
        after=list_predecessors(kata),
        rules={name: rules[name] for name in kata.file.rules if name in rules},
    )
    source = f"exercises/{kata.id}/README.md"
    path = f"katas/{kata.id}.md"
    title = f"{kata.number} {kata.file.title}"
    return Page(source, path, title, text, ((f"exercises/{kata.id}", ""),))


def _make_section(text: str, hints: dict[int, tuple[str, ...]]) -> Section:
    heading = TASK_HEADING.match(text)
    found = hints.get(int(heading[1]), ()) if heading else ()
    return Section(text.strip(), [separate_lists(each) for each in found])


def _make_solution(kata: Kata, names: set[str]) -> Page:
    source = f"solutions/{kata.id}/NOTES.md"
    notes = separate_lists((kata.solution / "NOTES.md").read_text("utf-8"))
    files = [(path, text.rstrip()) for path, text in read_app(kata.solution).items() if text]
    linked = _CODE.sub(partial(_link_answer, kata, names), _drop_title(notes))
    text = render("solution.md", kata=kata, notes=linked, files=files)
    path = f"katas/{kata.id}/solution.md"
    return Page(source, path, "Notes and solution", text, ((f"solutions/{kata.id}", ""),), True)


def _link_answer(kata: Kata, names: set[str], code: re.Match[str]) -> str:
    """Make the name of a known answer a link to it."""
    return f"[{code[0]}](../../graders/{kata.id}/{code[1]})" if code[1] in names else code[0]


def _make_wrong_turns(kata: Kata, cases: Sequence[Case]) -> Page:
    sentences = read_sentences(kata)
    groups = [
        (kind, heading, [_make_answer(case, sentences) for case in cases if case.kind == kind])
        for kind, heading in (("wrong", "Wrong answers"), ("accepted", "Other good answers"))
    ]
    text = render("wrong_turns.md", kata=kata, groups=groups)
    folder = f"graders/{kata.id}"
    covers = [(folder, "")]
    for case in cases:
        covers.append((f"{folder}/{case.name}", case.name))
        covers.append((f"{folder}/submissions/{case.kind}/{case.name}", case.name))
    path = f"katas/{kata.id}/wrong_turns.md"
    return Page(f"{folder}/wrong.toml", path, "Wrong turns", text, tuple(covers), True)


def _make_answer(case: Case, sentences: dict[str, str]) -> Answer:
    expected = case.expected if isinstance(case.expected, ExpectFile) else None
    names = [*expected.fails, *expected.errors] if expected else []
    return Answer(
        case.name,
        expected.why if expected else "",
        [sentences.get(name, name) for name in names],
        "\n".join(compare(case)),
    )


def _read_title(text: str) -> str:
    found = _TITLE.search(text)
    return found[1].replace("`", "") if found else ""


def _drop_title(text: str) -> str:
    return _TITLE.sub("", text, count=1)
