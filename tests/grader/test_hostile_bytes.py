"""Every reader of a submission's bytes refuses what would keep it busy, before it works on it."""

import linecache
import unicodedata
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dojo.grader import answers, differences, suites
from dojo.grader.expectations import expect
from dojo.grader.oracle import _read_body, read_traffic
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
    assert _read_body(answer(content)) == content.decode()


def test_long_texts_are_compared_as_written(normalised: list[int]) -> None:
    """Texts of a response are composed only where that is short work."""
    told = differences.describe_differences(list(differences.find_differences("é", MARKS)))

    assert told[0] == 'the body: "é"'
    assert not normalised


def test_long_names_are_refused_as_written(normalised: list[int]) -> None:
    """A name in an archive is composed only as far as a name may be long."""
    with pytest.raises(RefusedFile, match="too long a name"):
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
