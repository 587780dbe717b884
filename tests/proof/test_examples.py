"""The examples of a statement are sent to the solution and compared with its answers."""

import httpx
import pytest

from dojo.model.catalogue import Kata
from dojo.proof.curl_commands import ExampleUnreadable, make_request
from dojo.proof.examples import Example, check_examples, compare_answer, read_examples

OFF = """
    curl -i localhost:8000/lamps/desk

    HTTP/1.1 200 OK
    content-type: application/json
    {"name":"desk","on":false}
"""
FENCED = """
```
$ curl -i -H 'X-User: asha' \\
    http://127.0.0.1:8000/lamps/desk --json '{"on": true}'
HTTP/1.1 201 Created

{"name":
…
```
"""


def print_examples(kata: Kata, text: str) -> Kata:
    """Put examples at the end of the README of a kata."""
    readme = kata.exercise / "README.md"
    readme.write_text(readme.read_text() + text)
    return kata


def test_indented_and_fenced_examples_are_read() -> None:
    """Commands over several lines are joined, and headers are told from the body."""
    fenced, indented = sorted(read_examples(OFF + FENCED), key=lambda example: -example.status)

    assert indented == Example(
        "curl -i localhost:8000/lamps/desk",
        200,
        (("content-type", "application/json"),),
        '{"name":"desk","on":false}',
    )
    assert fenced.status == 201
    assert fenced.body == '{"name":\n…'


def test_commands_without_status_are_left_out() -> None:
    """What prints no status is no example that could be compared."""
    assert list(read_examples('    curl -s localhost:8000/rooms\n\n    {"lobby":2}\n')) == []


async def test_curl_options_make_the_request() -> None:
    """`--json` is a POST of that body, and `-H` a header."""
    command = "curl -i localhost:8000/a -H 'X-User: asha' --json '{}'"
    async with httpx.AsyncClient() as client:
        request = make_request(client, command)

    assert (request.method, str(request.url)) == ("POST", "http://localhost:8000/a")
    assert (request.headers["x-user"], request.content) == ("asha", b"{}")


async def test_unknown_curl_option_is_refused() -> None:
    """An option that nobody knows is named, and not passed over."""
    async with httpx.AsyncClient() as client:
        with pytest.raises(ExampleUnreadable, match="'--compressed' of 'curl --compressed x'"):
            make_request(client, "curl --compressed x")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (httpx.Response(404, text="ab"), "prints the status 200, the answer has 404"),
        (httpx.Response(200, text="ba"), "prints the body 'a…', the answer has 'ba'"),
    ],
)
def test_each_difference_is_told(answer: httpx.Response, told: str) -> None:
    """Status and body are compared; `…` stands for anything."""
    example = Example("curl x", 200, (), "a…")

    assert list(compare_answer(example, answer)) == [told]


def test_printed_header_is_compared() -> None:
    """A header that is printed has to be in the answer."""
    example = Example("curl x", 200, (("location", "/a/…"),), "")
    moved, silent = httpx.Response(200, headers={"location": "/a/1"}), httpx.Response(200)

    assert list(compare_answer(example, moved)) == []
    assert list(compare_answer(example, silent)) == [
        "prints 'location: /a/…', the answer has 'None'"
    ]


def test_true_example_has_no_defect(kata: Kata) -> None:
    """What the solution really answers may be printed, its JSON with other spaces."""
    spaced = OFF.replace('"desk",', '"desk", ')

    assert check_examples(print_examples(kata, OFF + spaced)) == []


def test_untrue_example_is_named(kata: Kata) -> None:
    """An example that the solution does not answer like that is told by its command."""
    defects = check_examples(print_examples(kata, OFF.replace("false", "true")))

    assert defects == [
        "Example 1 of README.md, 'curl -i localhost:8000/lamps/desk', "
        """prints the body '{"name":"desk","on":true}', """
        """the answer has '{"name":"desk","on":false}'."""
    ]
