"""`interview` asks questions and katas beside a clock; what was done is kept whatever happens."""

import io
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dojo.commandline.dialogue import Dialogue
from dojo.commandline.interview_command import Sitting, hold_interview
from dojo.learning.cards import open_card_log
from dojo.learning.exercises import Progress
from dojo.learning.interviews import Interview, InterviewFolder
from dojo.model.catalogue import Kata
from dojo.model.errors import UsageError
from dojo.model.reports import Outcome, Report
from dojo.output.terminal import open_console

from ..learning.test_cards import CARD
from ..output.samples import make_criterion, make_report
from .conftest import Dojo

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KATA = "07_greeting"
CRITERIA = ("test_service_describes_itself", "test_greeting_holds_name")

Hold = Callable[..., str]


@pytest.fixture(autouse=True)
def card(repository: Path) -> None:
    """Give the repository a card and its kata a statement."""
    (repository / "cards").mkdir()
    (repository / "cards/loop.md").write_text(CARD, "utf-8")
    (repository / f"exercises/{KATA}/README.md").write_text("# Greet by name\n\nDo it.\n")


def begin() -> Interview:
    """Make an interview with a question and a kata."""
    return Interview(
        title="Interview", seed="", minutes=45, begun_at=NOW, cards=("loop",), katas=(KATA,)
    )


def judge(*failed: str) -> Report:
    """Make a report on the kata in which some criteria fail."""
    results = [
        make_criterion(Outcome.FAILED if name in failed else Outcome.PASSED, name=name)
        for name in CRITERIA
    ]
    return make_report(*results).model_copy(update={"kata": KATA})


@pytest.fixture
def hold(repository: Path) -> Hold:
    """Give a function that holds an interview with the lines of a pipe, and gives the output.

    A minute goes by each time the clock is asked.
    """

    def call(interview: Interview, *lines: str, reports: tuple[Report, ...] = ()) -> str:
        left = list(reports)
        times = (NOW + timedelta(minutes=number) for number in range(1000))

        def grade(kata: Kata, folder: Path) -> Report:
            assert (kata.id, (folder / "app/main.py").is_file()) == (KATA, True)
            return left.pop(0)

        written = io.StringIO()
        answers = io.StringIO("".join(f"{line}\n" for line in lines))
        dialogue = Dialogue(answers, open_console(written))
        hold_interview(Sitting(repository, interview, dialogue, grade, lambda: next(times)))
        return written.getvalue()

    return call


def test_question_is_compared_and_marked(hold: Hold, repository: Path) -> None:
    """What was typed and the mark are kept, also for `cards`."""
    interview = begin()

    written = hold(interview, "A queue", "2", "n")

    assert "What is a `loop`?\n" in written
    assert '"It runs one callback at a time."' in written
    (answer,) = interview.answers
    assert (answer.card, answer.said, answer.mark) == ("loop", "A queue", 2)
    assert [each.form for each in open_card_log(repository).read()["loop"]] == ["interview"]


def test_kata_begins_with_a_fresh_stub(hold: Hold, repository: Path) -> None:
    """The learner's own work on that kata is left alone."""
    own = repository / f"exercises/{KATA}/app/main.py"
    own.write_text("own = 1\n")
    interview = begin()

    written = hold(interview, "", "3", "n")

    copy = InterviewFolder(repository).find_work(interview, KATA) / "app/main.py"
    assert "TODO 1" in copy.read_text()
    assert own.read_text() == "own = 1\n"
    assert "# Greet by name\n\nDo it.\n" in written
    assert "app/main.py' in your editor." in " ".join(written.split())


def test_failures_are_foretold(hold: Hold) -> None:
    """Before a check the learner says what will fail; after it, both are compared."""
    interview = begin()
    reports = (judge(CRITERIA[0]), judge())

    written = hold(interview, "", "3", "", "1, 2", "", "", reports=reports)

    assert "You foretold 1 of 1 failures, and 1 more that passed." in written
    assert "Nothing failed, and you foretold that." in written
    first, last = interview.works[0].checks
    assert (first.foretold, first.failed) == (CRITERIA, CRITERIA[:1])
    assert last.failed == ()


def test_numbers_that_do_not_fit_are_told(hold: Hold) -> None:
    """The numbers that fit are named, and the question comes again."""
    written = hold(begin(), "", "3", "", "9", "1", "n", reports=(judge(CRITERIA[0]),))

    assert "'9' does not fit. Type numbers from 1 to 2, such as 1 3." in written
    assert "You foretold 1 of 1 failures." in written


def test_solved_kata_counts_as_passed(hold: Hold, repository: Path) -> None:
    """It is passed in `list` too; a kata that is left is not."""
    hold(begin(), "", "3", "n")
    assert Progress(repository).read(KATA).passed_at is None

    hold(begin(), "", "3", "", "", reports=(judge(),))
    assert Progress(repository).read(KATA).passed_at is not None


def test_time_is_told(hold: Hold) -> None:
    """`t` tells the time at any question; it asks the same again."""
    written = hold(begin(), "t", "", "3", "n")

    assert written.count("Enter shows an answer to compare:") == 2
    assert " of 45 minutes are used." in written


def test_stopped_interview_goes_on(hold: Hold, repository: Path) -> None:
    """What is answered is not asked again, files stay, and the clock goes on where it stood."""
    stopped = hold(begin(), "", "3")
    kept = InterviewFolder(repository).find_unfinished()
    assert kept is not None
    copy = InterviewFolder(repository).find_work(kept, KATA) / "app/main.py"
    copy.write_text("mine = 1\n")
    used = kept.used

    written = hold(kept, "n")

    assert stopped.endswith("Stopped. `nox -s interview -- --resume` goes on here.\n")
    assert "Question 1" not in written
    assert copy.read_text() == "mine = 1\n"
    assert kept.used > used
    assert InterviewFolder(repository).find_unfinished() is None


def test_submission_that_cannot_be_graded_is_told(repository: Path) -> None:
    """The reason is said, no check is counted, and the interview goes on."""

    def refuse(kata: Kata, folder: Path) -> Report:
        raise UsageError(f"{kata.id} in '{folder.name}' holds a pipe.")

    written, interview = io.StringIO(), begin()
    dialogue = Dialogue(io.StringIO("\n3\n\n\nn\n"), open_console(written))
    hold_interview(Sitting(repository, interview, dialogue, refuse, lambda: NOW))

    assert "07_greeting in '07_greeting' holds a pipe." in written.getvalue()
    assert interview.works[0].checks == []
    assert interview.is_over


def test_page_is_kept(hold: Hold, repository: Path) -> None:
    """The same that the terminal says stands in a page without script, escaped."""
    interview = begin()

    written = hold(interview, "<b>bold</b>", "1", "", "", "n", reports=(judge(CRITERIA[1]),))

    page = InterviewFolder(repository).find_page(interview).read_text("utf-8")
    assert "Weak: " in written
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<script" not in page
    assert "You foretold 0 of 1 failures." in page
    assert f"'.dojo/interviews/{interview.name}.html'" in written


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--minutes", "2"), "`--minutes 2` does not fit. Give a number from 5 to 240."),
        (("--resume",), "No interview was stopped. Run `nox -s interview` to begin one."),
        (("--session", "x"), "There is no session 'x'. The sessions are: none."),
    ],
)
def test_wrong_use_is_told(dojo: Dojo, arguments: tuple[str, ...], told: str) -> None:
    """Each refusal says what to do."""
    ended = dojo("interview", *arguments)

    assert (ended.code, ended.err) == (2, f"{told}\n")


def test_killed_interview_goes_on(dojo_process: Dojo, repository: Path) -> None:
    """After a kill the answer that was marked is there, and the next step comes."""
    command = [sys.executable, "-m", "dojo", "interview", "--track", "async", "--seed", "1"]
    with subprocess.Popen(
        command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("A queue\n3\n")
        process.stdin.flush()
        for line in process.stdout:
            if line.startswith("Change '.dojo/interviews/"):
                break
        process.kill()

    resumed = dojo_process("interview", "--resume", typed="n\n")

    kept = InterviewFolder(repository).path.glob("*.json")
    (interview,) = [Interview.model_validate_json(path.read_bytes()) for path in kept]
    assert [(each.said, each.mark) for each in interview.answers] == [("A queue", 3)]
    assert interview.is_over
    assert "Question 1" not in resumed.out


def test_answer_is_graded_for_real(dojo_process: Dojo, repository: Path) -> None:
    """A check in an interview grades what the learner wrote there."""
    typed = "\n3\n\n\nn\n"

    ended = dojo_process("interview", "--track", "async", "--seed", "1", typed=typed)

    assert ended.code == 0
    assert "criteria pass." in ended.out
    assert "The end: Interview async" in ended.out
    assert list((repository / ".dojo/interviews").glob("*.html"))
