"""The pages of an interview: what is asked, how a check went, and what came of it all."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ..learning.interviews import (
    Foresight,
    Interview,
    InterviewResult,
    KataCheck,
    KataWork,
    compare_foresight,
)
from ..model.catalogue import Kata
from ..model.reports import Outcome, Report
from .pages import open_templates, read_style
from .terminal import (
    label_outcome,
    list_parts,
    print_hanging,
    print_part,
    render_sentences,
    render_text,
)

MARKS = {1: "not at all", 2: "hardly", 3: "well", 4: "at once"}
"""What the marks mean that learners give themselves."""


def render_start(interview: Interview, console: Console) -> None:
    """Say what the interview consists of, and how to stop."""
    questions, katas = len(interview.cards), len(interview.katas)
    parts = [_count(questions, "question"), _count(katas, "kata")]
    console.print(Text(interview.title, style="bold"))
    sentences = [f"{' and '.join(parts)} in {interview.minutes} minutes."]
    if interview.seed:
        sentences.append(f"The seed is '{interview.seed}'.")
    sentences += [
        "`t` and Enter tell the time. Nothing ends when it is over.",
        "`q` and Enter stop. `nox -s interview -- --resume` goes on there.",
    ]
    render_sentences(sentences, console)


def render_return(interview: Interview, console: Console) -> None:
    """Say that an interview goes on."""
    console.print(Text(interview.title, style="bold"))
    render_sentences(["The interview goes on.", tell_clock(interview)], console)


def tell_clock(interview: Interview) -> str:
    """Say how much of the time is used, in a sentence."""
    late = " The time is over; go on if you like." if interview.is_late else ""
    return f"{write_minutes(interview.used)} of {interview.minutes} minutes are used.{late}"


def write_minutes(time: timedelta) -> str:
    """Write whole minutes."""
    return str(int(time.total_seconds() // 60))


def render_question(number: int, question: str, interview: Interview, console: Console) -> None:
    """Write one question, with the clock above it."""
    console.print()
    title = f"Question {number} of {len(interview.cards)}"
    console.print(Text(title, style="bold"))
    render_sentences([tell_clock(interview), "", question], console)


def render_kata(kata: Kata, folder: Path, interview: Interview, console: Console) -> None:
    """Write the statement of a kata, and where the learner works on it."""
    console.print()
    number = interview.katas.index(kata.id) + 1
    title = f"Kata {number} of {len(interview.katas)}: {kata.id}, {kata.file.minutes} minutes"
    console.print(Text(title, style="bold"))
    render_sentences([tell_clock(interview)], console)
    console.print()
    render_text((kata.description / "README.md").read_text("utf-8"), console)
    console.print()
    files = " and ".join(f"'{(folder / name).as_posix()}'" for name in kata.file.editable)
    render_sentences([f"Change {files} in your editor."], console)


def render_criteria(criteria: Sequence[str], console: Console) -> None:
    """Write what a check will look at, with numbers."""
    console.print()
    for number, sentence in enumerate(criteria, 1):
        print_hanging(Text(f"{number:>3}. "), sentence, console)


def render_check(report: Report, check: KataCheck, console: Console) -> None:
    """Write how a check went, why the first criterion failed, and how good the foresight was."""
    console.print()
    for criterion in report.criteria:
        print_hanging(label_outcome(criterion.outcome), criterion.sentence, console)
    first = next(iter(report.list_open()), None)
    if first is not None and first.finding is not None:
        console.print()
        for label, text in list_parts(first.finding):
            print_part(label, text, console)
    console.print()
    passed = sum(each.outcome is Outcome.PASSED for each in report.criteria)
    result = f"{passed} of {len(report.criteria)} criteria pass."
    render_sentences([result, describe_foresight(compare_foresight(check))], console)


def describe_foresight(foresight: Foresight) -> str:
    """Say in a sentence how well was foretold what fails."""
    failed = foresight.right + foresight.missed
    if not failed and not foresight.needless:
        return "Nothing failed, and you foretold that."
    parts = [f"You foretold {foresight.right} of {failed} failures"]
    if foresight.needless:
        parts.append(f"{foresight.needless} more that passed")
    return f"{', and '.join(parts)}."


def render_result(result: InterviewResult, page: Path, console: Console) -> None:
    """Write what came of the interview, and where the page to keep is."""
    interview = result.interview
    console.print()
    console.print(Text(f"The end: {interview.title}", style="bold"))
    render_sentences([tell_clock(interview)], console)
    if interview.answers:
        console.print()
        console.print("Questions")
    for answer in interview.answers:
        label = f"- {MARKS[answer.mark]}: "
        print_hanging(Text(label), result.questions.get(answer.card, answer.card), console)
    if interview.works:
        console.print()
        console.print("Katas")
    for work in interview.works:
        print_hanging(Text("- "), f"{work.kata}: {describe_work(work)}", console)
    if any(work.checks for work in interview.works):
        print_hanging(Text("- "), describe_foresight(result.foresight), console)
    console.print()
    weak = ", ".join(result.weak)
    render_sentences([f"Weak: {weak}." if weak else "No topic was weak."], console)
    render_sentences(["", "Next:"], console)
    for each in result.advice:
        print_hanging(Text("- "), each, console)
    render_sentences(["", f"This page is kept as '{page.as_posix()}'."], console)


def describe_work(work: KataWork) -> str:
    """Say how far the work on a kata came, in which time and with how many checks."""
    state = "not checked"
    if work.checks:
        passed = len(work.criteria) - len(work.checks[-1].failed)
        state = "solved" if work.is_solved else f"{passed} of {len(work.criteria)} criteria"
    time = ""
    if work.ended is not None:
        first, last = write_minutes(work.begun), write_minutes(work.ended)
        time = f", from minute {first} to minute {last}"
    return f"{state}{time}, {_count(len(work.checks), 'check')}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def write_page(result: InterviewResult) -> str:
    """Write what came of an interview as one page for a browser."""
    style = read_style("style.css")
    templates = open_templates(style)
    templates.filters |= {"minutes": write_minutes, "work": describe_work}
    return templates.get_template("interview.html").render(
        result=result,
        interview=result.interview,
        marks=MARKS,
        clock=tell_clock(result.interview),
        foresight=describe_foresight(result.foresight),
        compare=lambda check: describe_foresight(compare_foresight(check)),
    )
