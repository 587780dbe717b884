"""Two JSON values are told apart by path, with the first differences and the number of others."""

import json
from typing import Any

import pytest

from dojo.grader.differences import describe_differences, find_differences, show_json


def tell(expected: Any, seen: Any) -> tuple[str, str]:
    """Compare two values; give the words for what is expected and what is seen."""
    return describe_differences(list(find_differences(expected, seen)))


def test_equal_values_have_no_difference() -> None:
    """Values that agree in all but the order of their keys do not differ."""
    assert not list(find_differences({"a": 1, "b": [1, None]}, {"b": [1, None], "a": 1}))


def test_difference_is_told_by_path() -> None:
    """The path leads through indexes and keys to the value that differs."""
    expected = [{"books": [{"title": "A"}, {"title": "B"}]}, {"books": []}]
    seen = json.loads(json.dumps(expected))
    seen[0]["books"][1]["title"] = "C"

    assert tell(expected, seen) == ('[0].books[1].title: "B"', '[0].books[1].title: "C"')


@pytest.mark.parametrize(
    ("number", "ending"),
    [(3, 'c: "2"'), (4, "and 1 more difference"), (6, "and 3 more differences")],
)
def test_further_differences_are_counted(number: int, ending: str) -> None:
    """Three differences are shown; of the others only their number."""
    expected = dict.fromkeys("abcdef"[:number], 0)
    seen = {key: str(index) for index, key in enumerate(expected)}

    shown, told = tell(expected, seen)

    assert shown == "a: 0\nb: 0\nc: 0"
    assert told.splitlines()[-1] == ending


def test_missing_and_extra_keys_are_told() -> None:
    """A key that stands on one side alone is told as that."""
    told = tell({"name": "Asha"}, {"nickname": "Ash"})

    assert told == (
        'name: "Asha"\nnickname: no such key',
        'name: no such key\nnickname: "Ash"',
    )


def test_lists_are_told_by_length() -> None:
    """Lists of different length are told with the number of their elements."""
    assert tell({"ids": [1, 2]}, {"ids": [2]}) == (
        "ids: 2 elements, [1, 2]",
        "ids: 1 element, [2]",
    )
    assert tell([1, 2], []) == ("the body: 2 elements, [1, 2]", "the body: []")


def test_long_texts_are_shown_where_they_differ() -> None:
    """Of two long texts the part around the first other character is shown."""
    expected, seen = tell("a" * 500 + "b" * 500, "a" * 500 + "c" * 500)

    assert expected.startswith("the body: …" + "a" * 40 + "b")
    assert seen.startswith("the body: …" + "a" * 40 + "c")
    assert max(len(expected), len(seen)) < 200


def test_deep_value_is_shown_as_that() -> None:
    """A value that is nested too deeply to be written breaks nothing."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    assert show_json(deep) == "(a value nested too deeply to be shown)"
    assert tell(5, deep)[0] == "the body: 5"
    while deep:
        deep = deep.pop()
