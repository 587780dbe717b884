"""Every reader of a submission's bytes refuses what would keep it busy, before it works on it."""

import importlib.util
import json
import linecache
import re
import socket
import unicodedata
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from dojo.grader import answers, differences, suites
from dojo.grader.expectations import expect
from dojo.grader.oracle import read_traffic
from dojo.grader.visits import read_body
from dojo.harness.failures import Failure, SubmissionError
from dojo.harness.http_client import Response
from dojo.harness.processes import read_stacks
from dojo.harness.upstream_protocol import LINE_BYTES, Connection, Received
from dojo.host.frames import decode, unpacker
from dojo.model import file_trees
from dojo.model.file_trees import LONGEST_NAME, RefusedFile, portable_path

GRADERS = Path(__file__).parents[2] / "graders"
MONSTROUS = {
    "deep lists": b"[" * 100_000,
    "closed lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "digits": b"9" * 1_000_000,
    "digits in a list": b"[" + b"9" * 1_000_000 + b"]",
}
MARKS = "e" + "\u0301\u0323" * 250_000
"""A text whose composition takes minutes: each mark is sorted past those before it."""


@pytest.fixture
def normalised(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give the lengths of the texts that are composed."""
    lengths: list[int] = []

    def normalize(form: str, text: str) -> str:
        lengths.append(len(text))
        return unicodedata.normalize(cast(Any, form), text[:LONGEST_NAME])

    stand_in = SimpleNamespace(normalize=normalize)
    for module in (differences, file_trees):
        monkeypatch.setattr(module, "unicodedata", stand_in)
    return lengths


def answer(content: bytes) -> Response:
    """Make a response with a body."""
    exchange = SimpleNamespace(broken=False, raised=None, locations=(), endpoint=())
    extensions = {"exchange": exchange, "host": None, "did": ()}
    return Response(200, content=content, extensions=extensions)


@pytest.mark.parametrize("content", MONSTROUS.values(), ids=MONSTROUS)
@pytest.mark.parametrize(
    "read",
    [
        lambda content: expect(answer(content)).read_json(),
        lambda content: expect(answer(content)).read_lines(),
        lambda content: Received(1, "POST", "/charges", body=content).json(),
    ],
    ids=["body", "lines", "upstream"],
)
def test_monstrous_json_is_refused(read: Callable[[bytes], Any], content: bytes) -> None:
    """JSON beyond any depth or number of digits is wrong work, and told in a short text."""
    with pytest.raises(Failure) as caught:
        read(content)

    assert len(caught.value.seen) < 1000


@pytest.mark.parametrize("content", MONSTROUS.values(), ids=MONSTROUS)
def test_oracle_takes_monstrous_json_for_text(content: bytes) -> None:
    """Where any body is compared, one that cannot be parsed is its text."""
    assert read_body(answer(content)) == content.decode()


def test_long_texts_are_compared_as_written(normalised: list[int]) -> None:
    """Texts of a response are composed only where that is short work."""
    told = differences.describe_differences(list(differences.find_differences("é", MARKS)))

    assert told[0] == 'the body: "é"'
    assert not normalised


def test_long_names_are_refused_as_written(normalised: list[int]) -> None:
    """A name in an archive is composed only as far as a name may be long."""
    with pytest.raises(RefusedFile, match="a name that is too long"):
        portable_path(MARKS)

    assert max(normalised) <= LONGEST_NAME + 1


def test_forged_stack_costs_few_lookups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lines a stack claims, few of them are looked up."""
    (tmp_path / "main.py").write_text("app = 1\n")
    looked: list[str] = []

    def look(file: str, line: int) -> str:
        looked.append(file)
        return str(line)

    monkeypatch.setattr(linecache, "getline", look)
    frames = "".join(
        f'  File "{tmp_path}/{"./" * number}main.py", line 1 in read\n' for number in range(300)
    )

    assert len(read_stacks("most recent call first\n" + frames, tmp_path)) == 50
    assert len(looked) == 50


@pytest.mark.parametrize("path", ["a/" * 100_000, "a" * 300], ids=["deep", "long"])
def test_forged_path_is_no_place(path: str, tmp_path: Path) -> None:
    """A path that no system can hold is passed over, and breaks nothing."""
    frame = f'  File "{tmp_path}/{path}", line 1 in read\n'

    assert read_stacks("most recent call first\n" + frame, tmp_path) == ()


@pytest.mark.parametrize(
    "data",
    [b"\x91" * 1_000_000, b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff"],
    ids=["nested", "list", "map"],
)
def test_monstrous_frame_is_refused(data: bytes) -> None:
    """A frame that is nested or that announces more than any frame holds is none."""
    with pytest.raises(ValueError):
        list(decode(unpacker(), data))


def test_lines_of_requests_are_charged() -> None:
    """A body in chunks of one byte uses up what all clients may send, long before its bytes do."""
    charged: list[int] = []

    def charge(size: int) -> bool:
        charged.append(size)
        return True

    connection = Connection(1, cast(Any, SimpleNamespace(charge=charge)))
    piece = b"1\r\na\r\n" * 500
    connection.get_buffer(-1)[: len(piece)] = piece
    connection._refused = True  # what it is worth is another matter
    connection.buffer_updated(len(piece))

    assert charged == [len(piece) + 1000 * LINE_BYTES]


def test_large_answers_are_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of answers that is larger than any set of answers never meets the parser."""
    monkeypatch.setattr(answers, "ast", None)
    (tmp_path / "answers.py").write_text("a = 1\n" * 20_000)

    with pytest.raises(SubmissionError, match="more than 65536"):
        answers.read_written(tmp_path, "answers.py")


def make_suite(stage: Path, **files: bytes) -> suites.Suite:
    """Give a suite of these files, which nothing has run."""
    folder = stage / "app" / "tests"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / f"{name}.py").write_bytes(content)
    suite = object.__new__(suites.Suite)
    suite._stage = stage
    return suite


def test_large_suite_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a hint no suite is parsed that is larger than any suite."""
    monkeypatch.setattr(suites, "ast", None)

    assert make_suite(tmp_path, test_shop=b"a = 1\n" * 50_000).asserts()


@pytest.mark.parametrize("content", [b"def", b"\xff", b"(" * 5000, b"\0"])
def test_unreadable_file_beside_a_suite_is_no_fault(tmp_path: Path, content: bytes) -> None:
    """A file that pytest never imports may hold anything."""
    assert make_suite(tmp_path, test_shop=b"pass", notes=content).asserts()


def test_suite_without_assertion_is_seen(tmp_path: Path) -> None:
    """Tests that only call the shop are told from tests that assert."""
    assert not make_suite(tmp_path / "one", test_shop=b"def test_it():\n    print(1)\n").asserts()
    assert make_suite(tmp_path / "two", test_shop=b"def test_it():\n    assert 1\n").asserts()


def compare_shelves(expected: list[Any], seen: list[Any]) -> bool:
    """Compare the books of an author as the traffic of 36 does."""
    freedoms = read_traffic(GRADERS / "36_n_plus_one")["traffic"].freedoms
    (shelf,) = [each for each in freedoms if each.at == "body[].books"]
    return shelf.agree(expected, seen)


BOOK = {"id": 1, "title": "A", "published": 1999, "review_count": 0, "average_rating": None}


def test_long_shelf_is_not_searched() -> None:
    """More books than there should be are not looked for one by one."""

    class Shelf(list[Any]):
        def index(self, *_: Any) -> int:
            raise AssertionError("This takes the square of the number of books.")

    assert not compare_shelves([BOOK], Shelf([BOOK] * 1000))


def test_deep_books_are_other_books() -> None:
    """Books that are nested too deeply to be compared with each other are wrong work."""
    shelf = [{**BOOK, "published": nest(5000)} for _ in range(2)]

    assert not compare_shelves([BOOK, BOOK], shelf)


def nest(depth: int) -> list[Any]:
    """Make a list in a list, many times."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


CATASTROPHIC = "(a+)+$"
"""A pattern that takes for ever with the text beside it."""
NO_MATCH = "a" * 60 + "!"
ELSEWHERE = "http://192.0.2.1/schema"


def refer(name: str) -> dict[str, str]:
    """Make a reference to a schema of a document."""
    return {"$ref": f"#/components/schemas/{name}"}


def fan_out(depth: int) -> dict[str, Any]:
    """Make schemas each of which names the next one twice."""
    return {f"A{each}": {"allOf": [refer(f"A{each + 1}")] * 2} for each in range(depth)}


@pytest.fixture(scope="module")
def contract(pytestconfig: pytest.Config) -> ModuleType:
    """Import the grader of 11, which hands the document of a submission to validators."""
    pytestconfig.addinivalue_line("markers", "criterion: a criterion of a grader")
    path = GRADERS / "11_openapi_contract" / "test_document.py"
    specification = importlib.util.spec_from_file_location("test_document_of_11", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def read_document(contract: ModuleType, schemas: dict[str, Any]) -> Any:
    """Read a document with these schemas as the criteria of 11 do."""
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    return contract.Document(answer(json.dumps(whole).encode()))


def check_document(contract: ModuleType, document: Any) -> list[str]:
    """Check a document and its examples as the criteria of 11 do; give what is told."""
    told: list[str] = []
    path = contract.open_path(document.whole)
    try:
        told += [each.message for each in contract.DocumentValidator(path).iter_errors()]
    except Exception as error:  # as in the criterion
        told.append(repr(error))
    for _, place, shown in contract.list_examples(document, document.whole):
        try:
            told += filter(None, [document.find_fault(place, shown)])
        except Failure as failure:
            told.append(failure.seen)
    return told


@pytest.mark.parametrize(
    ("schemas", "expected"),
    [
        ({"A": {"title": "A" * 100_000}}, "at most 49152 bytes"),
        ({"A": {"examples": [json.loads("[" * 50 + "]" * 50)]}}, "at most 40 deep"),
        (fan_out(30) | {"A30": {}}, "all references followed"),
        (fan_out(1000), "at most 49152 bytes"),
        (
            {
                "A": {"allOf": [refer("B/allOf/0")] * 100},
                "B": {"allOf": [{"allOf": [refer("C/x%79")] * 100}]},
                "C": {"xy": {"enum": [1] * 100}},
            },
            "all references followed",
        ),
        ({"A": refer("A")}, "without a circle"),
        (
            {"A": {"allOf": [refer("B"), refer("B")]}, "B": {"items": refer("A")}},
            "without a circle",
        ),
        ({str(each): refer(str(each + 1)) for each in range(200)}, "without a circle"),
        ({"A": {"$ref": ELSEWHERE}}, "references within the document"),
        ({"A": {"$ref": "file:///etc/passwd"}}, "references within the document"),
        ({"A": {"properties": {"b": {"$ref": "#"}}}}, "references within the document"),
    ],
    ids=[
        *("long", "deep", "fan out", "long fan out", "hidden fan out", "itself", "circle"),
        *("chain", "remote", "file", "all"),
    ],
)
def test_monstrous_document_is_refused(
    contract: ModuleType, schemas: dict[str, Any], expected: str
) -> None:
    """A document that grows when it is read, or leads out of itself, meets no validator."""
    with pytest.raises(Failure) as caught:
        read_document(contract, schemas)

    assert expected in caught.value.expected
    assert len(caught.value.seen) < 1000


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"items": {"enum": list(range(4000))}}, list(range(200))),
        ({"uniqueItems": True}, [{str(each): each} for each in range(1000)]),
        ({"maxLength": 5}, "a" * 2000),
    ],
    ids=["each with each", "unique", "long"],
)
def test_costly_example_is_not_held(
    contract: ModuleType, schema: Any, example: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An example that multiplies the work of its schema never meets the validator."""
    document = read_document(contract, {"A": schema})
    monkeypatch.setattr(contract, "ExampleValidator", None)

    with pytest.raises(Failure):
        document.find_fault(("components", "schemas", "A"), example)


def test_many_examples_use_up_the_work(contract: ModuleType) -> None:
    """Many examples, each of which is little work, are much together."""
    schema = {"enum": list(range(2000)), "examples": list(range(1000, 2000))}

    told = check_document(contract, read_document(contract, {"A": schema}))

    assert told[-1] == "it is too much to check"


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": {"pattern": CATASTROPHIC}},
        {"A": {"additionalProperties": False, "patternProperties": {CATASTROPHIC: {}}}},
        {"A": {"unevaluatedProperties": False, "patternProperties": {CATASTROPHIC: {}}}},
        {"A": {"$schema": "http://json-schema.org/draft-04/schema#", "pattern": CATASTROPHIC}},
        {"A": {"allOf": [{"$schema": ELSEWHERE, "pattern": CATASTROPHIC}]}},
        {"A": refer("B/properties"), "B": {"properties": {"pattern": CATASTROPHIC}}},
    ],
    ids=["pattern", "properties", "unevaluated", "old schema", "unknown schema", "no schema"],
)
@pytest.mark.parametrize("shown", [NO_MATCH, {NO_MATCH: 1}], ids=["text", "key"])
def test_pattern_of_a_document_is_not_searched(
    contract: ModuleType, schemas: dict[str, Any], shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No engine that could take for ever sees a pattern that repeats something."""
    searched: list[Any] = []
    search, compile_pattern = re.search, re.compile

    def observe(run: Callable[..., Any], pattern: Any, *rest: Any) -> Any:
        searched.append(pattern)
        return None if pattern == CATASTROPHIC else run(pattern, *rest)

    monkeypatch.setattr(re, "search", lambda *given: observe(search, *given))
    monkeypatch.setattr(re, "compile", lambda *given: observe(compile_pattern, *given))
    schemas["A"] |= {"examples": [shown], "default": shown}
    check_document(contract, read_document(contract, schemas))

    assert searched
    assert CATASTROPHIC not in searched


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("^[A-Z][0-9]$", "b2", False),
        ("^[A-Z][0-9]$", "B2", True),
        (r"^\d{2}$", "7", False),
        ("[z-a]", "b", True),
        (f"{CATASTROPHIC}b", "c", True),
        ("[a-z]" * 20, "c", True),
    ],
    ids=["unfit", "fit", "digits", "reversed", "repeated", "long"],
)
def test_simple_pattern_is_searched(
    contract: ModuleType, pattern: str, text: str, fits: bool
) -> None:
    """A pattern of letters, digits and sets is held against an example; another one fits all."""
    document = read_document(contract, {"A": {"pattern": pattern, "examples": [text]}})

    assert (not check_document(contract, document)) == fits


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": {"$id": ELSEWHERE, "allOf": [{"$ref": "#/a"}]}},
        {"A": {"properties": {"b": {"$id": ELSEWHERE, "$ref": "#/a"}}}},
        {"A": {"$dynamicRef": ELSEWHERE}},
        {"A": {"$schema": ELSEWHERE}},
        {"$id": ELSEWHERE, "A": refer("B"), "B": {"$anchor": "b", "$ref": "#/components/b"}},
    ],
    ids=["id", "inner id", "dynamic", "schema", "map"],
)
def test_document_reaches_no_network(
    contract: ModuleType, schemas: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a document names, nothing is looked up outside of it."""
    opened: list[Any] = []
    for name in ("socket", "getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, lambda *given, **_: opened.append(given))
    schemas["A"] |= {"examples": [{"b": 1}], "default": {"b": 1}}
    check_document(contract, read_document(contract, schemas))

    assert not opened


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"multipleOf": 0.1}, 10**900),
        ({"multipleOf": 0}, 5),
        ({"multipleOf": 1e-300}, 1e308),
        ({"$ref": ["#/a"]}, 1),
        ({"type": 5}, 1),
        ({"required": "a"}, {}),
        ({"properties": []}, {"a": 1}),
        ({"minLength": "a"}, "a"),
    ],
    ids=["huge", "zero", "tiny", "reference", "type", "required", "properties", "length"],
)
def test_what_no_validator_takes_is_wrong_work(
    contract: ModuleType, schema: Any, example: Any
) -> None:
    """A schema over which a validator stumbles is told as a fault of the document."""
    document = read_document(contract, {"A": {**schema, "examples": [example]}})

    assert check_document(contract, document)
