"""A part of the engine is judged by its own tests, each mutant in a fork of what is collected."""

import textwrap
from pathlib import Path

import pytest

from dojo.__main__ import run
from dojo.model.errors import ExitCode, UsageError
from dojo.proof.forked_tests import PartRejected, try_all
from dojo.proof.mutants import Mutant
from dojo.proof.mutation_trials import (
    PARTS_FILE,
    Part,
    Sample,
    mutate_module,
    select_parts,
    try_part,
)

from ..conftest import write_files

ROOT = Path(__file__).parents[2]
SETTINGS = '[tool.pytest.ini_options]\nasyncio_default_fixture_loop_scope = "function"\n'
MODULE = "src/crates/boxes.py"
PART = Part(name="boxes", modules=(MODULE,), tests=("tests/test_boxes.py",))
SOURCE = '''
    """Boxes."""

    LIMIT = 12


    def fits(pieces: int) -> bool:
        """Tell whether so many pieces fit."""
        return pieces <= LIMIT


    def count(pieces: int) -> int:
        """Count boxes."""
        boxes = 0
        while pieces > 0:
            boxes += 1
            pieces -= 12
        return boxes


    def unread() -> int:
        """Give what nobody asks for."""
        return 5
'''
TESTS = '''
    from crates.boxes import count, fits


    def test_few_fit():
        """Twelve fit, thirteen do not."""
        assert fits(12)
        assert not fits(13)


    def test_boxes_are_counted():
        """Thirteen need two boxes."""
        assert count(13) == 2
'''


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository with a package of one module, and its tests."""
    files = {MODULE: SOURCE, "src/crates/__init__.py": "", PART.tests[0]: TESTS}
    write_files(tmp_path, {**files, "pyproject.toml": SETTINGS})
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    return tmp_path


def change(before: str, after: str) -> Mutant:
    """Make a mutant by hand."""
    source = textwrap.dedent(SOURCE).lstrip("\n")
    assert before in source
    return Mutant(MODULE, 1, "hand", 1, find_owner(before), source.replace(before, after), ())


def find_owner(text: str) -> str:
    """Give the function that a text stands in."""
    source = textwrap.dedent(SOURCE)
    head = source[: source.index(text)].rpartition("def ")[2]
    return head.partition("(")[0] if "def " in source[: source.index(text)] else ""


def test_each_change_meets_its_tests(root: Path) -> None:
    """Changes within functions and at import are noticed; what no test reaches survives."""
    mutants = [
        change("pieces <= LIMIT", "pieces < LIMIT"),
        change("LIMIT = 12", "LIMIT = 13"),
        change("boxes = 0", "boxes = 1"),
        change("pieces > 0", "pieces > -1"),
        change("return 5", "return 6"),
        change("pieces -= 12", "pieces -= 0"),
    ]
    ended = try_all(root, PART.tests, mutants)

    assert [each.noticed for each in ended] == [True, True, True, False, False, True]
    assert [each.late for each in ended] == [False] * 5 + [True]
    assert [each.mutant for each in ended] == mutants


def test_failing_tests_judge_nothing(root: Path) -> None:
    """Tests that do not pass with nothing changed say nothing, and their failure is told."""
    (root / PART.tests[0]).write_text("def test_wrong():\n    assert 1 == 2\n")

    with pytest.raises(PartRejected, match=r"do not pass[\s\S]*assert 1 == 2"):
        try_all(root, PART.tests, [change("return 5", "return 6")])


def test_survivors_need_a_reason(root: Path) -> None:
    """A survivor is a defect unless `tests/survivors.toml` explains it."""
    (root / MODULE).write_text("def read() -> int:\n    return 5\n")
    (root / PART.tests[0]).write_text(
        "from crates.boxes import read\n\n\ndef test_read():\n    assert read() != 6\n"
    )
    found = try_part(root, PART)
    entries = [
        f"[[survivor]]\nfile = '{MODULE}'\nwithin = 'read'\n"
        f"change = '''\n-return 5\n+return {other}\n'''\nwhy = 'Any number but six will do here.'\n"
        for other in (4, None)
    ]
    write_files(root, {"tests/survivors.toml": "\n".join(entries)})
    explained = try_part(root, PART)

    assert len([each for each in found.defects if "is not explained" in each]) == 2
    assert list(explained.reasons.values()) == ["Any number but six will do here."] * 2
    assert explained.defects == ["33.3% of the mutants are killed; 90% are the least."]


def test_sample_is_repeated_by_seed(root: Path) -> None:
    """A seed draws the same mutants each time; what is left is told after each of them."""
    left: list[int] = []
    drawn = [try_part(root, PART, Sample(3, "5e"), tell=left.append) for _ in range(2)]
    everything = mutate_module(root, MODULE)

    assert left == [2, 1, 0] * 2
    assert drawn[0].results == drawn[1].results
    assert Sample(len(everything) + 1, "5e").draw(everything) == everything
    assert Sample(3, "5f").draw(everything) != Sample(3, "5e").draw(everything)


def test_sample_judges_no_entry_that_it_leaves_out(root: Path) -> None:
    """The reason of a survivor that is not drawn is not called stale."""
    reason = "why = 'Nobody asks for it, so it may be anything.'\n"
    entry = f"[[survivor]]\nfile = '{MODULE}'\nwithin = 'unread'\n{reason}"
    change = "change = '''\n-return 5\n+return None\n'''\n"
    write_files(root, {"tests/survivors.toml": entry + change})
    whole, drawn = try_part(root, PART), try_part(root, PART, Sample(0, "5e"))

    assert list(whole.reasons.values()) == ["Nobody asks for it, so it may be anything."]
    assert drawn.defects == []


def test_parts_are_files_of_repository() -> None:
    """Every module and test that a part names exists, and no module is in two parts."""
    parts = select_parts(ROOT, [])
    modules = [module for part in parts for module in part.modules]

    assert all((ROOT / each).is_file() for part in parts for each in part.modules + part.tests)
    assert len(set(modules)) == len(modules)


def test_unknown_part_is_refused(tmp_path: Path) -> None:
    """A name that no part has is told with those that there are, a missing table too."""
    with pytest.raises(UsageError, match=r"no part 'hosts'.*matchers, evidence"):
        select_parts(ROOT, ["hosts"])
    with pytest.raises(UsageError, match=PARTS_FILE):
        select_parts(tmp_path, [])


def test_module_is_mutated_like_solution(root: Path) -> None:
    """The operators that change solutions change the engine."""
    mutants = mutate_module(root, MODULE)

    assert {each.file for each in mutants} == {MODULE}
    assert {"number", "swap-op", "return"} <= {each.operator for each in mutants}


@pytest.mark.parametrize(
    ("options", "named"),
    [(["--engine", "--jobs", "2"], "'--jobs'"), (["--sample", "9"], "'--sample'")],
)
def test_meaningless_option_is_refused(
    options: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An option that would change nothing is not taken, and the sentence says to leave it out."""
    code = run(["mutate", *options])

    assert code == ExitCode.USED_WRONGLY
    assert f"Leave out {named}." in capsys.readouterr().err


@pytest.mark.parametrize("size", ["0", "-3"])
def test_empty_sample_is_refused(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A sample without a mutant proves nothing, and the sentence says what to give."""
    code = run(["mutate", "--engine", f"--sample={size}"])

    assert code == ExitCode.USED_WRONGLY
    assert f"'--sample {size}' draws no mutant." in capsys.readouterr().err
