"""Example pages: what a learner's examples are worth, and which task has none."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from ..grader.differences import show_json
from ..learning.answer_patterns import ABSENT, reach, write_path
from ..learning.example_trials import ExampleTrial, Judgement, Mistake, Tell
from ..learning.exercises import Exercise
from .terminal import print_hanging, render_sentences

_MOST_MISTAKES = 3
_LONGEST = 60


@contextlib.contextmanager
def show_progress(count: int, console: Console) -> Iterator[Tell]:
    """Say what is done and, in a terminal, on the same line how far it has come."""
    examples = "Your example is" if count == 1 else f"Your {count} examples are"
    render_sentences([f"{examples} sent to all known answers, right and wrong."], console)
    with console.status("Asking …", spinner="line") as status:
        yield lambda asked, known: status.update(f"Asked {asked} of {known} known answers")
    console.print()


def render_examples(
    exercise: Exercise, trial: ExampleTrial, tasks: Mapping[int, int | None], console: Console
) -> None:
    """Write what each example is worth, then all of them together, then what to do next.

    `tasks` gives the task of an example by its line in the file.
    """
    for number, judgement in enumerate(trial.judgements, 1):
        task = tasks[judgement.example.line]
        title = judgement.example.title or f"The example in line {judgement.example.line}"
        label = f"{number}. {title}" + (f" (task {task})" if task else "")
        console.print(Text(label, style="bold"), soft_wrap=True)
        _render_judgement(judgement, task, trial.wrong, console)
    console.print()
    render_sentences(_summarise(exercise, trial, tasks), console)


def _render_judgement(judgement: Judgement, task: int | None, wrong: int, console: Console) -> None:
    label = Text("   WRONG  ", style="bold red")
    text = "Your example contradicts the statement."
    if judgement.disputes:
        text = "Your example asks for more than the statement does."
    elif judgement.is_right:
        label = Text("   RIGHT  ", style="green")
        count = len(judgement.caught)
        text = f"It catches {count} of {wrong} wrong answers." if count else "It catches none."
    print_hanging(label, text, console)
    for sentence in _explain(judgement, task):
        print_hanging(Text(" " * len(label)), sentence, console)


def _explain(judgement: Judgement, task: int | None) -> Iterator[str]:
    for mistake in _choose(judgement.contradictions or judgement.disputes):
        yield _describe_mistake(judgement, mistake)
    if judgement.contradictions:
        yield f"Read task {task} again." if task else "Read the statement again."
    if judgement.disputes:
        yield "Other answers are right as well. Leave this out, or write `…` in its place."
    for sentence in judgement.left_open:
        yield f'Not compared, because the statement says: "{" ".join(sentence.split())}"'


def _choose(mistakes: Sequence[Mistake]) -> Sequence[Mistake]:
    """Choose what to show: where a status differs, the rest of that answer tells nothing."""
    others = {each.request for each in mistakes if each.path == ("status",)}
    kept = [each for each in mistakes if each.request not in others or each.path == ("status",)]
    return kept[:_MOST_MISTAKES]


def _describe_mistake(judgement: Judgement, mistake: Mistake) -> str:
    """Say what no right answer, or not every right answer, holds; never what it holds instead."""
    steps = judgement.example.steps
    which = "The answer" if len(steps) == 1 else f"The answer to request {mistake.request}"
    if not mistake.path:
        return f"{which} does not come: an answer before it lacks a value, or the app stops."
    place = f"`{write_path(mistake.path)}`"
    expected = reach(steps[mistake.request - 1].pattern, mistake.path)
    if expected == ABSENT:
        return f"{which} has {place}."
    shown = expected if isinstance(expected, str) else show_json(expected)
    return f"{which} does not have {place}: {_cut(shown)}"


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}…"


def _summarise(
    exercise: Exercise, trial: ExampleTrial, tasks: Mapping[int, int | None]
) -> Iterator[str]:
    right = sum(each.is_right for each in trial.judgements)
    yield (
        f"Right examples: {right} of {len(trial.judgements)}. "
        f"Wrong answers that they catch together: {len(trial.caught)} of {trial.wrong}."
    )
    untouched = [number for number in exercise.kata.tasks if number not in tasks.values()]
    if untouched:
        title = exercise.kata.tasks[untouched[0]]
        yield f"No example is about task {untouched[0]}, '{title}'. Read it and write one."
    else:
        yield "Every task has an example. Add more: the edges of each rule catch most."
    yield f"Next: change the file, then run {exercise.write_command('examples')} again."


def render_form_written(exercise: Exercise, file: str, console: Console) -> None:
    """Say that the file was written, and what to do with it."""
    again = exercise.write_command("examples")
    sentences: Sequence[str] = (
        f"'{file}' is written. It shows the form, and a heading for each task.",
        "Read the statement, then write down what you expect: requests and their answers.",
        f"Next: run {again} again. It says which examples are right, and what they catch.",
    )
    render_sentences(sentences, console)
