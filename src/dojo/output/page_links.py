"""Page links: links between files of the repository, made links between pages of the website.

It reads Markdown as GitHub does and writes what the website's generator understands.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ..model.errors import UsageError

_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|#|//", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"([-*+]|\d+[.)]) ")
_CODE_OR_LINK = re.compile(r"`[^`\n]+`|\]\((?P<target>[^)\s]+)")
_COPIED = {".gif", ".html", ".jpg", ".json", ".png", ".svg", ".webp"}
"""The endings of files that are shown or offered as they are."""


class LinkBroken(UsageError):
    """A link to a file that is not there, or of which there is no page."""


class PageLinks:
    """Knows the page of each file or folder of a repository; what lies in a folder shares its page.

    `pages` leads from paths below `root` to pages, with an anchor where the page is longer.
    """

    def __init__(self, root: Path, pages: Mapping[str, str]) -> None:
        self._root = root
        self._pages = pages
        self.copied: set[str] = set()
        """The files that links asked for as they are, by their path below the root."""

    def rewrite(self, text: str, source: str, page: str) -> str:
        """Lead the links of a text, which count from the file `source`, from `page` to pages."""

        def replace(match: re.Match[str]) -> str:
            target = match["target"]
            if target is None or _ABSOLUTE.match(target):
                return match[0]
            return f"]({self._find(target, source, page)}"

        return "\n".join(
            line if is_code else _CODE_OR_LINK.sub(replace, line)
            for line, is_code in _mark_code(text.split("\n"))
        )

    def _find(self, target: str, source: str, page: str) -> str:
        path, _, anchor = target.partition("#")
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        found = self._choose(wanted)
        if found is None:
            raise LinkBroken(
                f"'{source}' links to '{target}', which is no page of the website. "
                "Correct the link, or link to a file that is there."
            )
        relative = posixpath.relpath(found, posixpath.dirname(page) or ".")
        return f"{relative}#{anchor}" if anchor else relative

    def _choose(self, wanted: str) -> str | None:
        if wanted in self._pages:
            return self._pages[wanted]
        there = self._root / wanted
        if not there.exists():
            return None
        if there.is_file() and there.suffix in _COPIED:
            self.copied.add(wanted)
            return wanted
        parents = iterate_parents(wanted)
        return next((self._pages[each] for each in parents if each in self._pages), None)


def iterate_parents(path: str) -> Iterator[str]:
    """Give the folders above a path, the nearest first."""
    while path := posixpath.dirname(path):
        yield path


def separate_lists(text: str) -> str:
    """Put an empty line before each list, which the generator asks for and GitHub does not."""
    lines: list[str] = []
    for line, is_code in _mark_code(text.split("\n")):
        before = lines[-1] if lines else ""
        if not is_code and _ITEM.match(line) and _is_paragraph(before):
            lines.append("")
        lines.append(line)
    return "\n".join(lines)


def _is_paragraph(line: str) -> bool:
    return bool(line.strip()) and line[0] not in " #>|-*+" and not _ITEM.match(line)


def _mark_code(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Give each line, and whether it is part of a fenced block of code."""
    fence = ""
    for line in lines:
        found = _FENCE.match(line)
        opens = not fence and found is not None
        closes = bool(fence) and found is not None and found[1].startswith(fence)
        if opens and found is not None:
            fence = found[1]
        yield line, bool(fence)
        if closes and not opens:
            fence = ""
