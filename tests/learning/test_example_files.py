"""A file of examples holds requests and answers in the form of the statements."""

from pathlib import Path

import pytest

from dojo.learning.answer_patterns import Text
from dojo.learning.example_files import (
    Example,
    ExampleFileUnreadable,
    find_task,
    read_example_file,
    write_form,
)
from dojo.model.catalogue import Catalogue, Kata

ROOT = Path(__file__).parents[2]
KATAS = [kata for kata in Catalogue(ROOT).katas if kata.file.kind == "app"]

TWO = """\
# A note.
## 2. A new order
curl -i :8000/orders \\
  --json '{"item": "rims"}'

HTTP/1.1 201 Created
location: /orders/{{order}}

{"item": "rims",
 # a note inside
 "boxes": …}

$ curl 127.0.0.1:8000/orders/{{order}}
HTTP 200
## Task 3: nobody
curl 127.0.0.1:8000/export
HTTP/1.1 200
{"id": 1}
…
"""
STATEMENT = """
## 1. Greet
`GET /greetings/{name2}` says hello.

    curl -i 127.0.0.1:8000/things/1

    HTTP/1.1 200 OK

## 2. Refuse

    curl -i "127.0.0.1:8000/things/0?x=1"

    HTTP/1.1 422 Unprocessable Entity
"""


def read(folder: Path, text: str) -> list[Example]:
    """Read a file of examples that holds a text."""
    (folder / "examples.txt").write_text(text, "utf-8")
    return read_example_file(folder / "examples.txt", folder)


def test_examples_are_read(tmp_path: Path) -> None:
    """Headings, commands over several lines, headers, bodies and notes are told apart."""
    order, export = read(tmp_path, TWO.replace(" :8000", " 127.0.0.1:8000"))

    assert (order.line, order.task, order.title) == (2, 2, "A new order")
    assert (export.task, export.title) == (3, "nobody")
    assert order.steps[0].words[-2:] == ("--json", '{"item": "rims"}')
    assert [step.pattern for step in order.steps] == [
        {
            "status": 201,
            "headers": {"location": "/orders/{{order}}"},
            "body": {"item": "rims", "boxes": "…"},
        },
        {"status": 200},
    ]


def test_lines_of_json_are_a_text(tmp_path: Path) -> None:
    """An answer of many JSON values is compared as text."""
    _, export = read(tmp_path, TWO)

    assert export.steps[0].pattern["body"] == '{"id": 1}\n…'
    assert isinstance(export.steps[0].pattern["body"], Text)


def test_heading_is_not_needed(tmp_path: Path) -> None:
    """One request and its answer are an example."""
    (example,) = read(tmp_path, "\ncurl 127.0.0.1:8000/a\n\nHTTP/1.1 204 No Content\n")

    assert (example.task, example.title, len(example.steps)) == (None, "", 1)


def test_headings_alone_are_no_examples(tmp_path: Path) -> None:
    """What was not written yet is passed over."""
    assert read(tmp_path, "## 1. Later\n# Write here.\n\n## 2. Later\n") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("get /a\n", "Line 1 of 'examples.txt': 'get /a' is no request."),
        ("## 1. A\n\nhello\n", "Line 3 of 'examples.txt': 'hello' is no request."),
        ("curl :80/a\n## 2. B\n", "Line 1 of 'examples.txt': This request has no answer."),
        ("curl :80/a\n\n200 OK\n", "Line 3 of 'examples.txt': '200 OK' is no answer."),
        ("curl ':80/a\nHTTP 200\n", "Line 1 of 'examples.txt': A quotation mark of"),
        ('curl x/a\nHTTP 200\n{"a":\n', "Line 3 of 'examples.txt': The body that begins with"),
        ("curl x/a -k\nHTTP 200\n", "line 1 of 'examples.txt': '-k' of 'curl x/a -k' is not"),
        ("curl x/a -H\nHTTP 200\n", "'-H' of 'curl x/a -H' has no value."),
        ("curl x/a -F f=@b.png\nHTTP 200\n", "The file 'b.png' of '-F f=@b.png' is not there."),
        ("curl x/{{id}}\nHTTP 200\n", "uses '{{id}}' before it has a value."),
        ("curl x:y/a\nHTTP 200\n", "is no request:"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, told: str) -> None:
    """What is not understood is named, and not passed over."""
    with pytest.raises(ExampleFileUnreadable) as refused:
        read(tmp_path, text)

    assert told in str(refused.value)


def test_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    """A file that is no UTF-8 gets a sentence."""
    (tmp_path / "examples.txt").write_bytes(b"\xff\xfe#")

    with pytest.raises(ExampleFileUnreadable, match=r"'examples.txt' is not text in UTF-8"):
        read_example_file(tmp_path / "examples.txt", tmp_path)


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("## 2.\ncurl 127.0.0.1:8000/greetings/a\nHTTP 200\n", 2),
        ("curl 127.0.0.1:8000/greetings/a1\nHTTP 200\n", 1),
        ("curl 127.0.0.1:8000/things/7\nHTTP 200\n", 1),
        ("curl 127.0.0.1:8000/things/-4\nHTTP 422\n", 2),
        ("curl 127.0.0.1:8000/things/7\nHTTP 404\n", None),
        ("curl 127.0.0.1:8000/others\nHTTP 200\n", None),
    ],
)
def test_task_is_named_or_found_by_its_route(tmp_path: Path, text: str, task: int | None) -> None:
    """A task that prints this status for this route comes before one that only names the route."""
    (example,) = read(tmp_path, text)

    assert find_task(example, STATEMENT) == task


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.id)
def test_form_of_each_kata_is_readable(kata: Kata, tmp_path: Path) -> None:
    """The form has a heading for each task, and at most one example, which is understood."""
    form = write_form(kata)

    assert [line for line in form.splitlines() if line.startswith("## ")] == [
        f"## {number}. {title}" for number, title in kata.tasks.items()
    ]
    assert len(read(tmp_path, form)) <= 1
