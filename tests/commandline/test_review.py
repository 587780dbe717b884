"""`review` asks for the rules of passed katas when they are due, and keeps each answer at once."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dojo.commandline.dialogue import Dialogue
from dojo.commandline.review_command import Grade, ReviewSession, grade_answer, review
from dojo.learning.exercises import KataProgress, Progress
from dojo.learning.questions import ArrangementQuestion, FaultQuestion
from dojo.learning.reviews import ReviewLog
from dojo.model.reports import CriterionResult
from dojo.output.terminal import open_console

from ..output.samples import make_failed
from .conftest import Dojo

LEARNT = datetime(2026, 5, 1, 12, tzinfo=UTC)
NOW = LEARNT + timedelta(days=30)
RULES = """
[greet_by_name]
sentence = "A greeting holds the name."
wrong = ["07_greeting/shouting"]

[[greet_by_name.cards]]
question = "What does a greeting hold?"
answer = "It holds the name, as it was sent."

[[greet_by_name.predictions]]
code = 'print("Hello", 1 + 1)'
output = "Hello 2"
"""
WRONG = """
[[wrong]]
name = "shouting"
why = "The name is written in capitals, which nobody has asked for."
fails = ["test_greeting_holds_name"]

[[wrong.edits]]
file = "app/main.py"
old = 'f"Hello {name}"'
new = 'f"Hello {name.upper()}"'

[[wrong]]
name = "silent"
why = "The greeting is empty, so that nobody knows who is meant."
fails = ["test_service_describes_itself"]

[[wrong.edits]]
file = "app/main.py"
old = 'f"Hello {name}"'
new = '""'
"""

Review = Callable[..., str]


@pytest.fixture(autouse=True)
def learnt(repository: Path) -> None:
    """Let kata 07 be passed, and teach a rule that can be asked for in three forms."""
    (repository / "exercises/rules.toml").write_text(RULES)
    (repository / "graders/07_greeting/wrong.toml").write_text(WRONG)
    path = repository / "exercises/07_greeting/kata.toml"
    path.write_text(path.read_text().replace("name_the_thing", "greet_by_name"))
    Progress(repository).write("07_greeting", KataProgress(passed_at=LEARNT))


def refuse_grading(
    question: FaultQuestion | ArrangementQuestion, folder: Path
) -> CriterionResult | None:
    """Stand in for a check where a test needs none."""
    raise AssertionError(f"{question.kata.id} in {folder} is graded")


@pytest.fixture
def ask(repository: Path) -> Review:
    """Give a function that reviews with the lines of a pipe, at a time, and gives the output."""

    def call(
        *lines: str,
        now: datetime = NOW,
        cards: int = 10,
        grade: Grade = refuse_grading,
    ) -> str:
        written = io.StringIO()
        answers = io.StringIO("".join(f"{line}\n" for line in lines))
        dialogue = Dialogue(answers, open_console(written))
        review(ReviewSession(repository, dialogue, grade, cards, lambda: now))
        return written.getvalue()

    return call


def list_answers(repository: Path) -> list[tuple[str, int]]:
    """List the forms and ratings that were kept."""
    kept = ReviewLog(repository).read().get("greet_by_name", [])
    return [(answer.form, answer.rating.value) for answer in kept]


def test_card_is_asked_and_rated(ask: Review, repository: Path) -> None:
    """One answers aloud, compares and rates oneself; then the rule and its next day are told."""
    written = ask("", "3")

    assert "1 of 1: answer aloud\n\nWhat does a greeting hold?\n" in written
    assert "It holds the name, as it was sent." in written
    assert "The rule: A greeting holds the name.\nIt is due again on 2026-" in written
    assert list_answers(repository) == [("card", 3)]


def test_each_time_in_another_form(ask: Review, repository: Path) -> None:
    """A card, a program, a fault, lines to arrange, and then the card again."""
    for number, lines in enumerate([("", "1"), ("Hello 2",), ("1", "s"), ("s",), ("", "1")]):
        ask(*lines, now=NOW + timedelta(days=400 * number))

    assert [form for form, _ in list_answers(repository)] == [
        "card",
        "prediction",
        "fault",
        "arrangement",
        "card",
    ]


@pytest.mark.parametrize(
    ("answer", "told", "rating"),
    [("Hello  2", "Right.", 3), ("2", "Not right. The right answer: Hello 2", 1)],
)
def test_prediction_is_compared(
    ask: Review, repository: Path, answer: str, told: str, rating: int
) -> None:
    """The output is compared word for word, and the right one is told."""
    ask("", "1")
    written = ask(answer, now=NOW + timedelta(days=1))

    assert 'print("Hello", 1 + 1)' in written
    assert told in written
    assert list_answers(repository)[1] == ("prediction", rating)


@pytest.fixture
def fault(ask: Review) -> datetime:
    """Answer until the fault has its turn; give the time of that."""
    ask("", "1")
    ask("nothing", now=NOW + timedelta(days=1))
    return NOW + timedelta(days=2)


def find_number(written: str) -> str:
    """Find the number before the right reason."""
    lines = written.splitlines()
    (right,) = (line for line in lines if "The name is written in capitals" in line)
    return right.split(".")[0].strip()


def test_named_and_mended_fault_is_good(ask: Review, repository: Path, fault: datetime) -> None:
    """The wrong answer lies in a folder; once it passes what it failed, the fault is mended."""
    number = find_number(ask(now=fault))
    results = iter([make_failed(), None])

    def grade(
        question: FaultQuestion | ArrangementQuestion, folder: Path
    ) -> CriterionResult | None:
        assert "name.upper()" in (folder / "app/main.py").read_text()
        assert question.criteria == ("test_greeting_holds_name",)
        return next(results)

    written = ask(number, "", "", now=fault, grade=grade)

    assert "'.dojo/review/07_greeting/app/main.py'" in written
    assert "Not right yet: Shelf is full." in written
    assert "Right: the criteria pass." in written
    assert list_answers(repository)[2] == ("fault", 3)


def test_named_fault_alone_is_hard(ask: Review, repository: Path, fault: datetime) -> None:
    """Whoever names it and does not mend it is asked again sooner; the end of input is no loss."""
    number = find_number(ask(now=fault))
    ask(number, now=fault)

    assert list_answers(repository)[2] == ("fault", 2)


def test_misnamed_fault_is_forgotten(ask: Review, repository: Path, fault: datetime) -> None:
    """Whoever takes another reason is told the right one."""
    number = find_number(ask(now=fault))
    written = ask("2" if number == "1" else "1", "s", now=fault)

    assert "Not right. The right answer: The name is written in capitals" in written
    assert list_answers(repository)[2] == ("fault", 1)


def test_excerpt_shows_the_wrong_lines(ask: Review, fault: datetime) -> None:
    """The lines around the fault are shown as they are, without the solution beside them."""
    written = ask(now=fault)

    assert 'f"Hello {name.upper()}"' in written
    assert 'f"Hello {name}"' not in written


def test_mended_answer_is_really_graded(ask: Review, fault: datetime) -> None:
    """A check of its own says what the wrong answer fails, and passes the solution."""
    number = find_number(ask(now=fault))
    findings = []

    def grade(
        question: FaultQuestion | ArrangementQuestion, folder: Path
    ) -> CriterionResult | None:
        findings.append(grade_answer(question, folder))
        main = folder / "app/main.py"
        main.write_text(main.read_text().replace("name.upper()", "name"))
        return findings[-1]

    ask(number, "", "", now=fault, grade=grade)

    assert [each and each.name for each in findings] == ["test_greeting_holds_name", None]


@pytest.fixture
def lines(ask: Review, fault: datetime) -> datetime:
    """Skip the fault, so that the lines have their turn; give the time of that."""
    ask("1", "s", now=fault)
    return fault + timedelta(days=30)


def find_order(repository: Path, written: str) -> str:
    """Find the numbers of the solution's lines in the order of the solution."""
    solution = (repository / "solutions/07_greeting/app/main.py").read_text().splitlines()
    shown = re.findall(r"^ *(\d+)  (.+)$", written, re.MULTILINE)
    numbers = {text: number for number, text in shown}
    return " ".join(numbers[line] for line in solution if line in numbers)


def pass_always(question: FaultQuestion | ArrangementQuestion, folder: Path) -> None:
    """Stand in for a check that finds nothing."""
    del question, folder


def test_order_that_passes_is_good(ask: Review, repository: Path, lines: datetime) -> None:
    """The numbers of the right lines, in their order, make the solution."""
    order = find_order(repository, ask(now=lines))
    written = ask(order, now=lines, grade=grade_answer)

    assert "put the lines in order" in written
    assert "Right: the criteria pass." in written
    assert list_answers(repository)[3] == ("arrangement", 3)


def test_second_try_is_hard(ask: Review, repository: Path, lines: datetime) -> None:
    """Whoever needs another try is asked again sooner; a line that Python refuses is named."""
    order = find_order(repository, ask(now=lines))
    backwards = " ".join(reversed(order.split()))
    written = ask(backwards, order, now=lines, grade=pass_always)

    assert "Python stops at line " in written
    assert list_answers(repository)[3] == ("arrangement", 2)


def test_skipped_order_is_shown(ask: Review, repository: Path, lines: datetime) -> None:
    """Whoever gives up sees an order that passes."""
    written = ask("s", now=lines)

    assert "An order that passes:" in written
    assert list_answers(repository)[3] == ("arrangement", 1)


@pytest.mark.parametrize("answer", ["one two", "1 1", "0 1", "99", ""])
def test_unfit_order_is_no_try(ask: Review, repository: Path, lines: datetime, answer: str) -> None:
    """What is no order of lines is refused with an example, and costs nothing."""
    written = ask(answer, now=lines)

    assert f"'{answer}' does not fit. Type numbers from 1 to " in written
    assert len(list_answers(repository)) == 3


def test_end_of_input_keeps_answers(ask: Review, repository: Path) -> None:
    """An input that ends in the middle of a question ends the review politely."""
    written = ask("")

    assert written.endswith("No answer is kept. 1 more rule is due: `nox -s review` goes on.\n")
    assert list_answers(repository) == []


def test_q_stops(ask: Review) -> None:
    """`q` at any question is the end."""
    assert "No answer is kept." in ask("q", "3")


def test_unfit_rating_is_asked_again(ask: Review, repository: Path) -> None:
    """What is no number of the scale loses nothing."""
    written = ask("", "five", "9", "4")

    assert "'five' does not fit. Type a number from 1 to 4." in written
    assert list_answers(repository) == [("card", 4)]


def test_nothing_is_asked_twice_a_day(ask: Review) -> None:
    """After its answer a rule is not due, and the next day is told."""
    ask("", "3")
    written = ask("", "3")

    assert written.startswith('Nothing is due now. The next rule, "greet by name", is due on 2026-')


def test_time_ends_the_review(repository: Path) -> None:
    """After a quarter of an hour no further question is asked."""
    rules = RULES + RULES.replace("greet_by_name", "greet_again")
    (repository / "exercises/rules.toml").write_text(rules)
    path = repository / "exercises/07_greeting/kata.toml"
    path.write_text(path.read_text().replace('"greet_by_name"', '"greet_by_name", "greet_again"'))
    times = iter(NOW + timedelta(minutes=8 * number) for number in range(20))
    written = io.StringIO()
    dialogue = Dialogue(io.StringIO("\n3\nHello 2\n"), open_console(written))
    review(
        ReviewSession(repository, dialogue, refuse_grading, tell_time=lambda: next(times)),
    )

    assert "1 of 2:" in written.getvalue()
    assert "2 of 2:" not in written.getvalue()
    assert "1 answer is kept. 1 more rule is due" in written.getvalue()


def test_without_pass_nothing_is_asked(ask: Review, repository: Path) -> None:
    """What was not learnt is not asked for."""
    Progress(repository).write("07_greeting", KataProgress())

    assert ask().startswith("There is nothing to review yet.")


def test_process_reads_a_pipe(dojo_process: Dojo) -> None:
    """In a pipe without input the review ends with a sentence, and with success."""
    ended = dojo_process("review", "--cards", "1")

    assert ended.code == 0
    assert "No answer is kept." in ended.out


def test_no_card_at_all_is_refused(dojo: Dojo) -> None:
    """A review of nothing is a wrong call."""
    ended = dojo("review", "--cards", "0")

    assert (ended.code, ended.err) == (
        2,
        "`--cards 0` asks nothing. Give a number of at least 1.\n",
    )


def test_broken_log_is_not_overwritten(dojo: Dojo, repository: Path) -> None:
    """Answers that cannot be read are left as they are, and the message says what to do."""
    path = repository / ".dojo/reviews.json"
    path.write_text("{")

    ended = dojo("review")

    assert ended.code == 2
    assert "cannot be read. Move that file away" in ended.err
    assert path.read_text() == "{"
