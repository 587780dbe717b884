"""The website: every page of the repository, laid out by Zensical into a folder that needs nothing.

What a page says is in `website_pages`. The website of a cohort is another one, see `site`.
"""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ..harness.temporary_folders import open_temporary_folder
from ..model.catalogue import TRACKS, Catalogue
from ..model.errors import UsageError, explain
from ..model.files import delete
from .page_links import PageLinks
from .website_pages import (
    FOR_OTHERS,
    PROJECT,
    START,
    Page,
    group_by_track,
    make_document,
    make_home,
    make_kata_pages,
    make_katas,
    make_news,
    make_rules,
    render,
)

GENERATOR = "zensical"
STYLE = "website.css"
"""A file that every website has: a folder with it may be replaced by a new one."""
KATAS = "Katas"

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class WebsiteNotBuilt(UsageError):
    """The generator is missing, or did not accept the pages; the message says why."""


@dataclass(frozen=True)
class Website:
    """What the website is made of: the katas, and its own address and the repository's, if any."""

    catalogue: Catalogue
    url: str | None = None
    repository: str | None = None

    def build(self, target: Path) -> int:
        """Build the website into the folder `target`, in place of an older one.

        Gives the number of pages. Raises `WebsiteNotBuilt`, `LinkBroken` and `CatalogueError`.
        """
        _refuse(target)
        with open_temporary_folder() as scratch:
            count = self.write_sources(scratch)
            _generate(scratch)
            try:
                delete(target)
                shutil.copytree(scratch / "site", target)
            except OSError as error:
                raise WebsiteNotBuilt(
                    f"The website could not be written: {explain(error)}. "
                    "Name another folder: `nox -s site -- --to FOLDER`."
                ) from None
        return count

    def write_sources(self, folder: Path) -> int:
        """Write what the generator reads: its settings, and the pages with their links resolved."""
        root, sources = self.catalogue.root, folder / "pages"
        with open_temporary_folder() as scratch:
            groups = self._make_pages(scratch)
        pages = [page for group in groups.values() for page in group]
        links = PageLinks(root, {place: path for page in pages for place, path in page.places})
        for page in pages:
            _write(sources / page.path, links.rewrite(page.text, page.source, page.path))
        for name in sorted(links.copied):
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, sources / name)
        style = resources.files(__package__).joinpath("website_templates", STYLE)
        _write(sources / STYLE, style.read_text("utf-8"))
        values = {"url": self.url, "repository": self.repository}
        settings = render("zensical.toml", nav=write_toml(arrange(groups)), **values)
        _write(folder / "zensical.toml", settings)
        return len(pages)

    def _make_pages(self, scratch: Path) -> Mapping[str, list[Page]]:
        """Make the pages, by the heading that they stand under."""
        catalogue = self.catalogue
        guides = sorted(
            (catalogue.root / "docs").glob("*.md"),
            key=lambda path: (path.stem in FOR_OTHERS, path.name),
        )
        katas = {
            track: [page for kata in members for page in make_kata_pages(kata, scratch)]
            for track, members in group_by_track(catalogue.katas)
        }
        return {
            "Home": [make_home(catalogue, self.repository)],
            "Start": [make_document(catalogue.root, START)],
            KATAS: [make_katas(catalogue.katas)],
            **katas,
            "Rules": [make_rules(catalogue)],
            "What is new": [make_news(catalogue)],
            "Guides": [make_document(catalogue.root, f"docs/{path.name}") for path in guides],
            "Project": [make_document(catalogue.root, name) for name in PROJECT],
        }


def arrange(groups: Mapping[str, Sequence[Page]]) -> list[object]:
    """Arrange pages as the generator's navigation: tracks below the katas, no spoilers."""
    tracks = [{name.capitalize(): _list(groups[name])} for name in groups if name in TRACKS]
    arranged: list[object] = []
    for name, pages in groups.items():
        if name == KATAS:
            arranged.append({name: [pages[0].path, *tracks]})
        elif name not in TRACKS:
            arranged.append({name: _list(pages) if len(pages) > 1 else pages[0].path})
    return arranged


def _list(pages: Sequence[Page]) -> list[object]:
    return [{page.title: page.path} for page in pages if not page.is_spoiler]


def write_toml(value: object) -> str:
    """Write lists, tables and texts on one line of TOML."""
    if isinstance(value, dict):
        pairs = (f"{write_toml(key)} = {write_toml(each)}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(write_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _refuse(target: Path) -> None:
    is_free = not target.exists() or (target.is_dir() and not any(target.iterdir()))
    if not is_free and not (target / STYLE).is_file():
        raise WebsiteNotBuilt(
            f"'{target}' holds other files, which building would delete. "
            "Name a new folder: `nox -s site -- --to FOLDER`."
        )


def _generate(folder: Path) -> None:
    """Run the generator in a folder; raise `WebsiteNotBuilt` with what it says if it fails."""
    if importlib.util.find_spec(GENERATOR) is None:
        raise WebsiteNotBuilt(
            f"The package '{GENERATOR}' is not installed. Run `nox -s site`, which installs it."
        )
    command = [sys.executable, "-m", GENERATOR, "build", "--strict"]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        said = _ESCAPE.sub("", (done.stdout + done.stderr).decode("utf-8", "replace")).strip()
        raise WebsiteNotBuilt(
            f"The pages were not accepted. Correct what {GENERATOR} says:\n{said}"
        )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", newline="\n")
