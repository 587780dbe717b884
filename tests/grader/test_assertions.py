"""Assertions: what tests assert is the same under other names, and in functions that they use."""

import textwrap

import pytest

from dojo.grader.assertions import read_assertions, split_assertions

TEST = """
def test_price(client):
    answer = client.get("/price")
    assert answer.status_code == 200
"""


def keeps(source: str) -> bool:
    """Tell whether the test of a source still asserts what the one above does."""
    ((form, _),) = split_assertions(TEST)
    return form in read_assertions([textwrap.dedent(source)]).get("test_price", ())


@pytest.mark.parametrize(
    "source",
    [
        "def test_price(client): assert client.status_code == 200, 'a message'",
        "def test_price():\n    code = answer.status_code\n    assert code == 200",
        "def test_price(): assert ask('/price').status_code == 200",
        "async def test_price(): assert (await answer).status_code == 200",
        "async def test_price():\n    if 1:\n        assert(found.status_code==200)",
        "class TestAll:\n    def test_price(self): assert self.answer.status_code == 200",
        "def look(it): assert it.status_code == 200\ndef test_price(): look(1)",
        "def second(it): assert it.status_code == 200\n"
        "def first(it): second(it)\ndef test_price(): first(1)",
        "def answer(): assert it.status_code == 200\ndef test_price(answer): pass",
        "def answer(): assert it.status_code == 200\n"
        "@mark.usefixtures('answer')\ndef test_price(): pass",
    ],
)
def test_kept_assertion_is_found(source: str) -> None:
    """Names, messages, places and forms do not matter."""
    assert keeps(source)


@pytest.mark.parametrize(
    "source",
    [
        "def test_price(): assert answer.status_code == 201",
        "def test_price(): assert answer.status_code in (200, 201)",
        "def test_price(): assert answer.status == 200",
        "def test_price(): assert answer.status_code == expected",
        "def test_other(): assert answer.status_code == 200",
        "def look(it): assert it.status_code == 200\ndef test_price(): pass",
        "def test_price():\n    code = 200\n    code = answer.status_code\n    assert code == 200",
        "def test_price(: assert",
    ],
)
def test_changed_assertion_is_missed(source: str) -> None:
    """Another value, attribute or test is not the same, nor is a function that is not used."""
    assert not keeps(source)


def test_two_variables_are_told_apart() -> None:
    """A comparison of two things is not one of a thing with itself; built-in names stay."""
    ((first, _),) = split_assertions("assert len(a) == len(b)")
    forms = [
        split_assertions(f"assert {each}")[0][0]
        for each in ("len(c) == len(d)", "len(c) == len(c)", "sum(c) == len(d)")
    ]

    assert [form == first for form in forms] == [True, False, False]
