"""Differences: where two JSON values differ, by path, and how that reads.

It knows nothing of requests. What may differ is said by freedoms.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .traffic import Freedom

_LONGEST = 160
_AHEAD = 40
_INDEX = re.compile(r"\[\d+\]")
_ABSENT = object()


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


def _describe(path: str, expected: Any, seen: Any) -> Difference:
    """Show both values from shortly before the first character in which they differ."""
    one, other = _write(expected), _write(seen)
    pairs = enumerate(zip(one, other, strict=False))
    same = next((index for index, (left, right) in pairs if left != right), 0)
    start = max(same - _AHEAD, 0) if max(len(one), len(other)) > _LONGEST else 0
    return Difference(path, _cut(one, start), _cut(other, start))


def _write(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return f"{len(value)} × {text}" if isinstance(value, list) and len(value) > 1 else text


def _cut(text: str, start: int) -> str:
    end = start + _LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"
