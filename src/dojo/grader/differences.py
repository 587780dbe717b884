"""Differences: where two JSON values differ, by path, and how that reads.

It knows nothing of requests. What may differ is said by freedoms.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

_LONGEST = 160
_AHEAD = 40
_LONGEST_NORMALISED = 4000
"""Characters; the time for many combining marks grows with the square of their number."""
_MOST_SHOWN = 3
_INDEX = re.compile(r"\[\d+\]")
_ABSENT = object()


def show_json(value: Any) -> str:
    """Write a JSON value on one line."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(a value nested too deeply to be shown)"


class Freedom(Protocol):
    """A place, such as `items[].id`, at which certain values may differ."""

    @property
    def at(self) -> str:
        """Give the path, its indexes left out."""

    def agree(self, expected: Any, seen: Any) -> bool:
        """Tell whether two values count as the same there."""


@dataclass(frozen=True)
class Difference:
    """A place in a JSON value, such as `[7].books[2].title`, and what stands there."""

    path: str
    expected: str
    seen: str


def find_differences(
    expected: Any, seen: Any, freedoms: Sequence[Freedom] = (), path: str = ""
) -> Iterator[Difference]:
    """Give the places at which two values differ, from the first on; types count."""
    place = _INDEX.sub("[]", path)
    own = [each for each in freedoms if each.at == place]
    if _ABSENT not in (expected, seen) and any(each.agree(expected, seen) for each in own):
        return
    if isinstance(expected, dict) and isinstance(seen, dict):
        for key in (*expected, *(key for key in seen if key not in expected)):
            one, other = expected.get(key, _ABSENT), seen.get(key, _ABSENT)
            yield from find_differences(one, other, freedoms, f"{path}.{key}".lstrip("."))
    elif isinstance(expected, list) and isinstance(seen, list) and len(expected) == len(seen):
        for index, (one, other) in enumerate(zip(expected, seen, strict=True)):
            yield from find_differences(one, other, freedoms, f"{path}[{index}]")
    elif type(expected) is not type(seen) or expected != seen:
        yield _describe(path, expected, seen)


def describe_differences(differences: Sequence[Difference]) -> tuple[str, str]:
    """Write what is expected and seen at the first differences, and how many more there are."""
    shown = differences[:_MOST_SHOWN]
    expected = [f"{each.path or 'the body'}: {each.expected}" for each in shown]
    seen = [f"{each.path or 'the body'}: {each.seen}" for each in shown]
    if more := len(differences) - len(shown):
        seen.append(f"and {more} more difference{'' if more == 1 else 's'}")
    return "\n".join(expected), "\n".join(seen)


def _describe(path: str, expected: Any, seen: Any) -> Difference:
    """Show both values from shortly before the first character in which they differ."""
    one, other = _write(expected), _write(seen)
    if _look_same(one, other):
        one, other = ascii(one)[1:-1], ascii(other)[1:-1]  # they would look the same
    pairs = enumerate(zip(one, other, strict=False))
    same = next((index for index, (left, right) in pairs if left != right), 0)
    if isinstance(expected, list) and isinstance(seen, list):
        same = 0  # the number of elements tells most, and it stands in front
    start = max(same - _AHEAD, 0) if max(len(one), len(other)) > _LONGEST else 0
    return Difference(path, _cut(one, start), _cut(other, start))


def _look_same(one: str, other: str) -> bool:
    if max(len(one), len(other)) > _LONGEST_NORMALISED:
        return False
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def _write(value: Any) -> str:
    if value is _ABSENT:
        return "no such key"
    text = show_json(value)
    if not isinstance(value, list) or not value:
        return text
    return f"{len(value)} {'element' if len(value) == 1 else 'elements'}, {text}"


def _cut(text: str, start: int) -> str:
    end = start + _LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"
