"""Pages: HTML read by the tests of this folder, which insist that every element is closed."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

_VOID = {"meta", "rect", "circle", "path", "img", "br"}


@dataclass
class Element:
    """An element with its attributes, and all the text in it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""

    def has(self, name: str) -> bool:
        """Tell whether it is of a class."""
        return name in self.attributes.get("class", "").split()


@dataclass
class Page(HTMLParser):
    """A page: its elements in the order in which they start."""

    elements: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def read(cls, path: Path) -> "Page":
        """Read a file of the site."""
        page = cls()
        page.feed(path.read_text("utf-8"))
        page.close()
        assert not page._open, [each.tag for each in page._open]
        return page

    def find(self, tag: str, name: str = "") -> list[Element]:
        """Give the elements of a tag, only those of a class if one is named."""
        return [e for e in self.elements if e.tag == tag and (not name or e.has(name))]

    def read_texts(self, tag: str, name: str = "") -> list[str]:
        """Give the texts of these elements, their white space made one space."""
        return [" ".join(element.text.split()) for element in self.find(tag, name)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(self.elements[-1])

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last, which has to be of this tag."""
        if tag not in _VOID:
            assert self._open.pop().tag == tag, f"</{tag}> on line {self.getpos()[0]}"

    def handle_data(self, data: str) -> None:
        """Add text to all open elements."""
        for element in self._open:
            element.text += data
