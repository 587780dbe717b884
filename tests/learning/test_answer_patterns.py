"""A pattern says only what it names of an answer, and takes values by name."""

from typing import Any

import pytest

from dojo.learning.answer_patterns import (
    NotAPattern,
    Text,
    complete,
    fill_names,
    fill_pattern,
    find_mismatches,
    read_pattern,
    write_path,
)


def compare(pattern: str, seen: Any, values: dict[str, Any] | None = None) -> list[str]:
    """Give the places at which an answer does not agree with a pattern."""
    found = find_mismatches(read_pattern(pattern), seen, {} if values is None else values)
    return [write_path(path) for path in found]


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ('{"a":1,"b":[true,null]}', {"a": 1, "b": [True, None]}),
        ('{"a":…,"b":{{it}},…}', {"a": "…", "b": "{{it}}"}),
        ('[…,{"a":1.50,…},...]', ["…", {"a": 1.5}, "…"]),
        ('{…"tag":["gift"],…}', {"tag": ["gift"]}),
        ("{…}", "…"),
        ("{}", {}),
        (r'"a \"{{x}}\" …"', 'a "{{x}}" …'),
    ],
)
def test_patterns_are_json_with_gaps(pattern: str, value: Any) -> None:
    """`…` and names stand for values or for more members, as statements print them."""
    assert read_pattern(pattern) == value


@pytest.mark.parametrize("text", ["", '{"a":}', '{"a" 1}', "[1", "1 2", "{1:2}", "no", '{"a:1}'])
def test_other_texts_are_no_pattern(text: str) -> None:
    """What is no JSON is refused, not guessed."""
    with pytest.raises(NotAPattern):
        read_pattern(text)


def test_more_keys_may_be_there() -> None:
    """An object says only which keys it names."""
    assert compare('{"a":{"b":1}}', {"a": {"b": 1, "c": 2}, "d": 3}) == []


@pytest.mark.parametrize(
    ("pattern", "seen", "places"),
    [
        ('{"a":{"b":1}}', {"a": {"b": 2}}, ["a.b"]),
        ('{"a":1}', {"a": True}, ["a"]),
        ('{"a":1}', {}, ["a"]),
        ('[{"a":1},2]', [{"a": 2}, 3], ["[0].a", "[1]"]),
        ("[1]", [1, 2], [""]),
        ("{}", {"a": 1}, [""]),
        ('{"a":"{{absent}}"}', {"a": None}, ["a"]),
        ('"x…"', "yx", [""]),
    ],
)
def test_each_other_place_is_named(pattern: str, seen: Any, places: list[str]) -> None:
    """A place that does not agree is given by its path; types count."""
    assert compare(pattern, seen) == places


@pytest.mark.parametrize("seen", [[1, 2], [0, 1, 2], [1, 5, 2], [0, 1, 5, 2]])
def test_gaps_in_lists_take_any_elements(seen: list[int]) -> None:
    """Elements beside `…` have to be there in their order."""
    assert compare("[…,1,…,2]", seen) == []


@pytest.mark.parametrize("seen", [[], [2, 1], [1, 2, 3], [1]])
def test_gaps_in_lists_keep_the_order(seen: list[int]) -> None:
    """Without `…` at the end nothing may follow, and no order but theirs will do."""
    assert compare("[…,1,…,2]", seen) == [""]


def test_name_takes_the_first_value() -> None:
    """A name stands for what it met first, in later answers too."""
    values: dict[str, Any] = {}

    assert compare('{"id":{{id}},"link":"/a/{{id}}"}', {"id": 7, "link": "/a/7"}, values) == []
    assert values == {"id": 7}
    assert compare('{"id":{{id}}}', {"id": "7"}, values) == ["id"]


def test_name_inside_a_text_takes_its_part() -> None:
    """A part of a header or a link can be named."""
    values: dict[str, Any] = {}

    assert compare('"/parts/{{id}}?v={{id}}"', "/parts/a-1?v=a-1", values) == []
    assert values == {"id": "a-1"}


def test_failed_gap_leaves_no_value() -> None:
    """A name keeps nothing of an element that turned out to be another one."""
    values: dict[str, Any] = {}

    assert (
        compare('[…,{"id":{{id}},"a":2},…]', [{"id": 1, "a": 1}, {"id": 2, "a": 2}], values) == []
    )
    assert values == {"id": 2}


def test_names_are_filled_in() -> None:
    """Known names become their values, in a request as text and in a pattern as they are."""
    assert fill_names("/a/{{id}}", {"id": 7}) == "/a/7"
    assert fill_pattern({"id": "{{id}}", "b": ["x{{id}}{{c}}"]}, {"id": 7}) == {
        "id": 7,
        "b": ["x7{{c}}"],
    }


def test_body_that_is_no_json_is_one_text() -> None:
    """White space at its end does not count, for a line of an export has one."""
    assert list(find_mismatches(Text("a…\nb"), "a1\nb\n", {})) == []


def test_answer_is_completed_with_a_pattern() -> None:
    """What a pattern does not name, or leaves open, stays as it was answered."""
    answer = {"a": 1, "b": [1, 2], "c": "x", "d": 4}
    pattern = {"a": 2, "b": [3, "…"], "c": "{{c}}", "d": "{{absent}}"}

    assert complete(pattern, answer) == {"a": 2, "b": [1, 2], "c": "x"}
