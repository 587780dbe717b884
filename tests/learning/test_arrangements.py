"""Lines of a solution and of wrong answers are chosen from files that are there."""

import ast
from pathlib import Path

import pytest

from dojo.learning.arrangements import (
    FEWEST_LINES,
    MOST_LINES,
    Arrangement,
    NoArrangement,
    Placed,
    make_arrangement,
    read_order,
    write_form,
)
from dojo.model.catalogue import Catalogue, Kata
from dojo.proof.cases import read_app, read_reference, read_wrong_file

ROOT = Path(__file__).parents[2]
KATAS = Catalogue(ROOT).katas
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
MEANT = [each for each in KATAS if each.file.kind == "app" and each.file.level != "senior"]


def drop_docstrings(text: str) -> str:
    """Write the tree of a module without its docstrings, where others stand beside them."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and len(node.body) > 1 and ast.get_docstring(node):
            del node.body[0]
    return ast.dump(tree)


@pytest.fixture
def arrangement() -> Arrangement:
    """Give the lines of a kata."""
    return make_arrangement(Catalogue(ROOT).find("04"))


@pytest.mark.parametrize("kata", MEANT, ids=lambda kata: kata.id)
def test_lines_are_those_of_the_solution(kata: Kata) -> None:
    """In their own order the lines are the solution's code, which Python can read."""
    arrangement = make_arrangement(kata)
    assembled = arrangement.assemble(arrangement.lines)
    solution = read_reference(kata)[arrangement.module]

    assert FEWEST_LINES <= len(arrangement.lines) <= MOST_LINES
    assert arrangement.module in kata.file.editable
    assert arrangement.find_error(arrangement.lines) is None
    assert drop_docstrings(assembled) == drop_docstrings(solution)


@pytest.mark.parametrize("kata", MEANT, ids=lambda kata: kata.id)
def test_distractors_are_lines_of_wrong_answers(kata: Kata) -> None:
    """Each of them stands in an edit of `wrong.toml`, and not in the solution."""
    arrangement = make_arrangement(kata)
    edits = [edit for entry in read_wrong_file(kata) for edit in entry.edits]
    solution = read_app(kata.solution)[arrangement.module].splitlines()

    assert arrangement.distractors
    for line in arrangement.distractors:
        pieces = [each.strip() for edit in edits for each in edit.new.splitlines() if each.strip()]
        assert line not in solution
        assert any(each in line for each in pieces)


@pytest.mark.parametrize("kata", [each for each in KATAS if each not in MEANT], ids=lambda k: k.id)
def test_other_katas_say_why_not(kata: Kata) -> None:
    """A senior kata, and one without an app, name what they are."""
    with pytest.raises(NoArrangement, match=f"'{kata.id}' is of (level|kind) '.*nox -s check"):
        make_arrangement(kata)


def test_form_holds_all_lines_mixed(arrangement: Arrangement, tmp_path: Path) -> None:
    """All lines stand below the dashes, in another order than the solution's, always the same."""
    form = write_form(arrangement)
    (tmp_path / "arrange.txt").write_text(form, "utf-8")
    below = form.partition("-----\n\n")[2].splitlines()

    assert sorted(below) == sorted([*arrangement.lines, *arrangement.distractors])
    assert [each for each in below if each in arrangement.lines] != list(arrangement.lines)
    assert write_form(arrangement) == form
    assert read_order(tmp_path / "arrange.txt", arrangement) == []


def test_lines_above_the_dashes_are_read(arrangement: Arrangement, tmp_path: Path) -> None:
    """Notes and empty lines are passed over; each line keeps its number in the file."""
    first, second, *rest = [*arrangement.lines, *arrangement.distractors]
    path = tmp_path / "arrange.txt"
    path.write_text("\n".join(["# a", "", f"{first}  ", second, "-----", *rest]), "utf-8")

    assert read_order(path, arrangement) == [Placed(3, first), Placed(4, second)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    return order\n", "return order\n", "Line .* was not given, or not so often: 'return"),
        ("    return order\n", "    return order\n" * 2, "Line .* was not given, or not so often"),
        ("    return order\n", "", "lacks the line '    return order'"),
        ("-----", "# ", "needs one line of dashes"),
    ],
)
def test_changed_lines_are_refused(
    arrangement: Arrangement, tmp_path: Path, old: str, new: str, told: str
) -> None:
    """A line that is new, doubled or lost is named, so that nothing is graded by mistake."""
    path = tmp_path / "arrange.txt"
    dashes = "-" * 40
    text = write_form(arrangement).replace(dashes, "-----").replace(old, new)
    path.write_text(text, "utf-8")

    with pytest.raises(NoArrangement, match=told):
        read_order(path, arrangement)


def test_line_that_python_cannot_take_is_named(arrangement: Arrangement) -> None:
    """It is the first one at which the module cannot go on, whatever the solution says."""
    lines = list(arrangement.lines)
    body = lines.index("    return order")
    moved = [lines[body], *lines[:body], *lines[body + 1 :]]

    assert arrangement.find_error(moved) == (0, "unexpected indent")


def test_other_orders_may_be_right(arrangement: Arrangement) -> None:
    """Fields of a model in another order are no error."""
    lines = list(arrangement.lines)
    one, other = (lines.index(each) for each in lines if each.startswith(("    limit", "    offs")))
    lines[one], lines[other] = lines[other], lines[one]

    assert arrangement.find_error(lines) is None
