"""Websites: what the tests read of a built website, page by page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

NOT_FOUND = "404.html"

_EMBEDDING = {"script", "img", "iframe", "source", "video", "audio", "object"}
_LOADED = {"icon", "stylesheet", "preload", "prefetch", "preconnect", "modulepreload"}


@dataclass
class Document(HTMLParser):
    """A page: its anchors, its links, what it loads, its headings, folds and images."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    folds: list[Mapping[str, str]] = field(default_factory=list)
    images: list[Mapping[str, str]] = field(default_factory=list)
    language: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def read(cls, path: Path) -> "Document":
        """Read a file."""
        document = cls()
        document.feed(path.read_text("utf-8"))
        document.close()
        return document

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "html":
            self.language = values.get("lang", "")
        elif tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "link" and _LOADED & set(values.get("rel", "").split()):
            self.loaded.append(values["href"])
        elif tag in _EMBEDDING:
            self.loaded += [values[name] for name in ("src", "data") if name in values]
        elif tag == "details":
            self.folds.append(values)
        if tag == "img":
            self.images.append(values)
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))


def read_documents(folder: Path) -> dict[str, Document]:
    """Read every page of a website, by its path in the folder."""
    paths = sorted(folder.rglob("*.html"))
    return {path.relative_to(folder).as_posix(): Document.read(path) for path in paths}


def list_broken(folder: Path, documents: Mapping[str, Document]) -> Iterator[str]:
    """Tell of each link that leads nowhere: to no file, to no anchor, or to no proper address."""
    for page, document in documents.items():
        for link in {*document.links, *document.loaded}:
            if not _is_sound(folder, documents, page, link):
                yield f"{page}: {link}"


def _is_sound(folder: Path, documents: Mapping[str, Document], page: str, link: str) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        is_own_app = parts.scheme == "http" and parts.hostname == "127.0.0.1"
        return is_own_app or (parts.scheme == "https" and "." in parts.netloc and " " not in link)
    path = unquote(parts.path)
    if page == NOT_FOUND:  # shown at any address, so its links start at the root of the website
        path = path.removeprefix("/")
    target = normpath(join(dirname(page), path)) if path else page
    if parts.fragment and target in documents:
        return unquote(parts.fragment) in documents[target].anchors
    return (folder / target).is_file() and not target.startswith("..")
