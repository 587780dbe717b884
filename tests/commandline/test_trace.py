"""`trace` draws the criterion that failed, with the inputs of the last check."""

from pathlib import Path

from dojo.learning.last_checks import LastChecks

from .conftest import Dojo

NAME = "test_greeting_holds_name"
MAIN = Path("exercises/07_greeting/app/main.py")


def test_failing_report_ends_with_its_trace(dojo_process: Dojo) -> None:
    """The last line of a check draws the first criterion that failed, and works as printed."""
    last = dojo_process("check", "07").out.splitlines()[-1]
    session, *options = last.removeprefix("`nox -s ").removesuffix("`").replace("-- ", "").split()
    drawn = dojo_process(session, *options)

    assert last == f"`nox -s trace -- 07 --criterion {NAME}`"
    assert (drawn.code, drawn.out.splitlines()[0]) == (0, "07_greeting: Greet by name")


def test_trace_is_of_the_last_check(dojo_process: Dojo, repository: Path) -> None:
    """Without a name, what failed first is drawn, with the seed of that check."""
    dojo_process("check", "07", "--seed", "5e")
    drawn = dojo_process("trace", "07")

    assert (drawn.code, drawn.err) == (0, "")
    assert "This is the last check once more: the same files and inputs (seed 5e)." in one_line(
        drawn.out
    )
    assert '   2  └  request 1: answers 200 {"text":"Hello"}\n' in drawn.out
    assert '      Expected  text: "Hello Asha"\n' in drawn.out
    assert LastChecks(repository).read("07_greeting") is not None


def test_changed_files_are_named(dojo_process: Dojo, repository: Path) -> None:
    """Whoever has changed a file since sees what happens now, and reads that it is not the same."""
    dojo_process("check", "07", "--seed", "5e")
    main = repository / MAIN
    main.write_text(main.read_text("utf-8").replace('"Hello"', 'f"Hello {name}"'), "utf-8")
    drawn = dojo_process("trace", "07")

    assert drawn.out.startswith("07_greeting: Greet by name\nPASSED   The greeting holds the name.")
    assert "have changed since the last check" in drawn.out


def test_first_trace_needs_no_check(dojo_process: Dojo) -> None:
    """Without a check before, everything is graded, and the first failure is drawn."""
    drawn = dojo_process("trace", "07")

    assert drawn.code == 0
    assert "FAILED   The greeting holds the name." in drawn.out
    assert "There was no check before." in drawn.out


def test_passed_criterion_has_to_be_named(dojo_process: Dojo) -> None:
    """Where nothing failed, a name is asked for; with it, what went well is drawn."""
    named = ("--criterion", "test_service_describes_itself")
    refused = dojo_process("trace", "07", "--solution")
    drawn = dojo_process("trace", "07", "--solution", *named)

    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("Every criterion of '07_greeting' passed. To draw one of them, ")
    assert drawn.code == 0
    assert "Here the last expectation was met." in drawn.out


def test_page_is_written(dojo_process: Dojo, repository: Path) -> None:
    """`--html` writes a page and says where; a folder that is not there is said, and no more."""
    written = dojo_process("trace", "07", "--html", "trace.html")
    refused = dojo_process("trace", "07", "--html", "nowhere/trace.html")

    assert written.out == "The trace is in 'trace.html'. Open it in a browser.\n"
    assert "<h1>Greet by name</h1>" in (repository / "trace.html").read_text("utf-8")
    assert (refused.code, refused.err) == (
        2,
        "The page cannot be written to 'nowhere/trace.html': No such file or directory. "
        "Name a file in a folder that exists.\n",
    )


def test_app_that_does_not_import_is_not_drawn(dojo_process: Dojo, repository: Path) -> None:
    """Nothing happened, and the trace says why; the report does not offer one."""
    (repository / MAIN).write_text("import nothing_such\n", "utf-8")
    checked, drawn = dojo_process("check", "07"), dojo_process("trace", "07")

    assert "nox -s trace" not in checked.out
    assert "Nothing was sent to the app." in drawn.out
    assert "nothing_such" in drawn.out


def test_answers_are_not_traced(dojo_process: Dojo, repository: Path) -> None:
    """A kata in which what happens is the answer has no trace, and its report offers none."""
    kata = repository / "exercises/07_greeting/kata.toml"
    kata.write_text(f"{kata.read_text('utf-8')}\n".replace("labs", 'kind = "answers"\nlabs'))
    refused = dojo_process("trace", "07")

    assert (refused.code, refused.out) == (2, "")
    assert refused.err == (
        "Kata '07_greeting' has no app that is asked, so there is no trace of it. "
        "Run `nox -s check -- 07`: its report says what was seen.\n"
    )


def test_unwritable_folder_loses_nothing(dojo_process: Dojo, repository: Path) -> None:
    """Where the last check cannot be kept, the verdict comes all the same."""
    (repository / ".dojo").mkdir()
    (repository / ".dojo" / "last_checks").write_text("in the way", "utf-8")
    checked, drawn = dojo_process("check", "07"), dojo_process("trace", "07")

    assert (checked.code, checked.err) == (1, "")
    assert "There was no check before." in drawn.out


def one_line(text: str) -> str:
    """Write a text without its line breaks and hanging spaces."""
    return " ".join(text.split())
