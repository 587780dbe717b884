"""Answer patterns: what an example says of an answer, and where an answer does not agree.

A pattern is a JSON value. It says only what it names: an object may have more keys in the answer,
but for `{}`, which is empty there too. Some texts in it stand for something else:

- `…` or `...`: anything; among the elements of a list, any number of elements;
- `…` inside a text: any characters;
- `{{name}}`: in the first answer, whatever stands there; later, the same value;
- `{{absent}}`: this key, or this header, is not in the answer.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..grader.expectations import same_json

Path = tuple[str | int, ...]
"""Keys and indexes that lead to a place in an answer, such as `("body", "orders", 0)`."""

Values = dict[str, Any]
"""What stood in earlier answers, by name."""

ANYTHING = "…"
ABSENT = "{{absent}}"
NAME = re.compile(r"\{\{([^\W\d]\w*)\}\}")

_WILD = (ANYTHING, "...")
_SPECIAL = re.compile(r"…|\{\{[^\W\d]\w*\}\}")
_TOKEN = re.compile(
    r'\s*("(?:[^"\\]|\\.)*"|…|\.\.\.|\{\{[^\W\d]\w*\}\}|[{}\[\],:]|[^\s"…{}\[\],:]+)\s*', re.DOTALL
)


class Text(str):
    """A body that is no JSON, in one pattern; white space at its end does not count."""

    __slots__ = ()


class NotAPattern(ValueError):
    """A text that is no JSON, even with `…` and `{{name}}` in it."""


def read_pattern(text: str) -> Any:
    """Read JSON in which `…` and `{{name}}` may stand wherever a value, or more keys, could."""
    tokens, end = [], 0
    while found := _TOKEN.match(text, end):
        tokens.append(found[1])
        end = found.end()
    if end != len(text) or not tokens:
        raise NotAPattern(text)
    try:
        return _Reader(tokens).read()
    except (IndexError, ValueError, RecursionError):
        raise NotAPattern(text) from None


class _Reader:
    """Read the tokens of one value."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = list(reversed(tokens))

    def read(self) -> Any:
        """Read the value; nothing may follow it."""
        value = self._read_value()
        if self._tokens:
            raise NotAPattern(self._tokens[-1])
        return value

    def _read_value(self) -> Any:
        token = self._tokens.pop()
        if token == "{":
            is_empty = self._tokens[-1] == "}"
            members = dict(self._list_until("}", self._read_member))
            return members if members or is_empty else ANYTHING
        if token == "[":
            return list(self._list_until("]", self._read_value))
        if token in _WILD:
            return ANYTHING
        return token if NAME.fullmatch(token) else json.loads(token)

    def _read_member(self) -> tuple[str, Any]:
        key = json.loads(self._tokens.pop())
        if not isinstance(key, str) or self._tokens.pop() != ":":
            raise NotAPattern(key)
        return key, self._read_value()

    def _list_until(self, end: str, read: Callable[[], Any]) -> Iterator[Any]:
        """Read members up to `end`; those of an object are never all, so `…` says nothing there."""
        while self._tokens[-1] != end:
            if self._tokens[-1] == "," or (end == "}" and self._tokens[-1] in _WILD):
                self._tokens.pop()
            else:
                yield read()
        self._tokens.pop()


def list_names(pattern: Any) -> Iterator[str]:
    """Give the names that a pattern takes values by."""
    match pattern:
        case str() if pattern != ABSENT:
            yield from NAME.findall(pattern)
        case dict():
            for each in pattern.values():
                yield from list_names(each)
        case list():
            for each in pattern:
                yield from list_names(each)


def fill_names(text: str, values: Values) -> str:
    """Put values in the place of their names; `KeyError` for one that has none."""
    return NAME.sub(lambda found: _write(values[found[1]]), text)


def fill_pattern(pattern: Any, values: Values) -> Any:
    """Put values in the place of those names in a pattern that have one."""
    match pattern:
        case dict():
            return {key: fill_pattern(each, values) for key, each in pattern.items()}
        case list():
            return [fill_pattern(each, values) for each in pattern]
        case str() if set(NAME.findall(pattern)) & values.keys():
            whole = NAME.fullmatch(pattern)
            known = {
                name: _write(values.get(name, f"{{{{{name}}}}}")) for name in NAME.findall(pattern)
            }
            return values[whole[1]] if whole else type(pattern)(fill_names(pattern, known))
    return pattern


def find_mismatches(pattern: Any, seen: Any, values: Values, path: Path = ()) -> Iterator[Path]:
    """Give the places at which an answer does not agree; values of new names go into `values`."""
    match pattern, seen:
        case str(), _:
            if not _agrees(pattern, seen, values):
                yield path
        case dict(), dict() if pattern:
            for key, each in pattern.items():
                if (key in seen) is (each == ABSENT):
                    yield (*path, key)
                elif key in seen:
                    yield from find_mismatches(each, seen[key], values, (*path, key))
        case list(), list() if not _is_open(pattern) and len(pattern) == len(seen):
            for index, (one, other) in enumerate(zip(pattern, seen, strict=True)):
                yield from find_mismatches(one, other, values, (*path, index))
        case list(), list() if _is_open(pattern):
            if not _align(pattern, seen, values):
                yield path
        case _ if not same_json(pattern, seen):
            yield path


def _is_open(pattern: Sequence[Any]) -> bool:
    return any(each in _WILD for each in pattern if isinstance(each, str))


def _align(pattern: Sequence[Any], seen: Sequence[Any], values: Values) -> bool:
    """Tell whether elements agree in their order, with any others where `…` stands."""
    if not pattern:
        return not seen
    first, rest = pattern[0], pattern[1:]
    if isinstance(first, str) and first in _WILD:
        starts = range(len(seen) + 1) if rest else (len(seen),)
        return any(_align(rest, seen[start:], values) for start in starts)
    attempt = dict(values)
    agrees = seen and next(find_mismatches(first, seen[0], attempt), None) is None
    if not agrees or not _align(rest, seen[1:], attempt):
        return False
    values |= attempt
    return True


def _agrees(pattern: str, seen: Any, values: Values) -> bool:
    if pattern in _WILD:
        return True
    if found := NAME.fullmatch(pattern):
        return same_json(values.setdefault(found[1], seen), seen)
    return isinstance(seen, str) and _fits(pattern, seen, values)


def _fits(pattern: str, seen: str, values: Values) -> bool:
    """Compare a text; what stands where a new name does becomes its value."""
    parts, new = [], set[str]()
    literals = _SPECIAL.split(pattern)
    for literal, special in zip(literals, [*_SPECIAL.findall(pattern), ""], strict=True):
        parts += [re.escape(literal), _write_expression(special, values, new)]
    end = r"\s*" if isinstance(pattern, Text) else ""
    found = re.fullmatch("".join([*parts, end]), seen, re.DOTALL)
    values |= found.groupdict() if found else {}
    return found is not None


def _write_expression(special: str, values: Values, new: set[str]) -> str:
    if not special or special == ANYTHING:
        return ".*" if special else ""
    name = special[2:-2]
    if name in values:
        return re.escape(_write(values[name]))
    if name in new:
        return f"(?P={name})"
    new.add(name)
    return f"(?P<{name}>.+?)"


def _write(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def complete(pattern: Any, answer: Any) -> Any:
    """Give the answer as the pattern has it: what that does not name stays as it is."""
    match pattern, answer:
        case dict(), dict():
            own = {key: complete(each, answer.get(key)) for key, each in pattern.items()}
            named = {key: each for key, each in own.items() if each != ABSENT}
            return {key: each for key, each in answer.items() if own.get(key) != ABSENT} | named
        case list(), list() if not _is_open(pattern) and len(pattern) == len(answer):
            return [complete(one, other) for one, other in zip(pattern, answer, strict=True)]
        case list(), _ if _is_open(pattern):
            return answer
        case str(), _ if pattern != ABSENT and (pattern in _WILD or _SPECIAL.search(pattern)):
            return answer
    return pattern


def reach(value: Any, path: Path) -> Any:
    """Give what stands at a place; `None` where there is no such place."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def write_path(path: Path) -> str:
    """Write a place as people read it, such as `body.orders[0].id`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.lstrip(".")
