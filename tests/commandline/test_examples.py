"""`examples` judges what a learner expects of a kata by all its known answers."""

from pathlib import Path

import pytest

from dojo.model.catalogue import Catalogue
from dojo.model.staging import read

from .conftest import SOLUTION, STUB, Dojo

README = """\
# Greet by name

Further keys are up to you.

## 1. Greet somebody

    curl -i 127.0.0.1:8000/greetings/Asha

    HTTP/1.1 200 OK
    {"text":"Hello Asha"}

## 2. Greet everybody
Any name.
"""
WRONG = """\
[[wrong]]
name = "same_for_all"
why = "Everybody is greeted in the same way."
fails = ["test_greeting_holds_name"]

[[wrong.edits]]
file = "app/main.py"
old = 'Hello {name}'
new = 'Hello Asha'

[[wrong]]
name = "wrong_word"
why = "The greeting begins with another word."
fails = ["test_greeting_holds_name"]

[[wrong.edits]]
file = "app/main.py"
old = 'Hello {name}'
new = 'Goodbye {name}'

[[wrong]]
name = "crash"
why = "The app cannot be imported at all, so it never answers."
errors = ["test_greeting_holds_name"]

[[wrong.edits]]
file = "app/main.py"
old = 'app = FastAPI()'
new = 'app = FastAPI('
"""
TRAFFIC = """\
from dojo.grader import Freedom, Traffic

traffic = Traffic((), freedoms=(Freedom("Further keys are up to you.", "body.more"),))
"""
ACCEPTED = SOLUTION.replace('f"Hello {name}"', '"Hello " + name, "more": "yes"')
EXAMPLES = """\
## 1. A name
curl 127.0.0.1:8000/greetings/Asha
HTTP/1.1 200 OK
{"text": "{{greeting}}"}

curl 127.0.0.1:8000/greetings/Luis
HTTP/1.1 200 OK
{"text": "Hello Luis"}
"""


@pytest.fixture
def file(repository: Path) -> Path:
    """Give the learner's file of a kata with three wrong and two right answers."""
    accepted = repository / "graders/07_greeting/submissions/accepted/more_keys"
    (accepted / "app").mkdir(parents=True)
    (accepted / "app/main.py").write_text(ACCEPTED)
    (accepted / "expect.toml").write_text('why = "It says more than it has to say."\n')
    (repository / "graders/07_greeting/wrong.toml").write_text(WRONG)
    (repository / "graders/07_greeting/traffic.py").write_text(TRAFFIC)
    (repository / "exercises/07_greeting/README.md").write_text(README)
    return repository / "exercises/07_greeting/examples.txt"


def test_form_is_written_at_first(dojo: Dojo, file: Path) -> None:
    """The first call writes the form, with the statement's own example, and says what to do."""
    ended = dojo("examples", "07")

    assert ended.code == 0
    assert ended.out.startswith("'exercises/07_greeting/examples.txt' is written.")
    assert "curl -i 127.0.0.1:8000/greetings/Asha\n\nHTTP/1.1 200\n" in file.read_text("utf-8")


def test_right_example_counts_what_it_catches(dojo: Dojo, file: Path) -> None:
    """An answer that differs is caught, and so is one that never comes; a name takes its value."""
    file.write_text(EXAMPLES, "utf-8")

    ended = dojo("examples", "07")

    assert ended.code == 0
    assert ended.out.splitlines() == [
        "Your example is sent to all known answers, right and wrong.",
        "",
        "1. A name (task 1)",
        "   RIGHT  It catches 3 of 3 wrong answers.",
        "",
        "Right examples: 1 of 1. Wrong answers that they catch together: 3 of 3.",
        "No example is about task 2, 'Greet everybody'. Read it and write one.",
        "Next: change the file, then run `nox -s examples -- 07` again.",
    ]


def test_example_of_one_name_catches_less(dojo: Dojo, file: Path) -> None:
    """An answer that is wrong elsewhere gives the right one here."""
    file.write_text("curl :8000/greetings/Asha\nHTTP 200\n{…}\n".replace(" :", " 127.0.0.1:"))

    ended = dojo("examples", "07")

    assert "1. The example in line 1 (task 1)" in ended.out
    assert "RIGHT  It catches 1 of 3 wrong answers." in ended.out


def test_contradiction_is_told_without_the_answer(dojo: Dojo, file: Path) -> None:
    """What is wrong is named by its place and by the learner's own value, and by nothing else."""
    file.write_text(EXAMPLES.replace("Hello Luis", "Hi Luis").replace("## 1", "## 2"), "utf-8")

    ended = dojo("examples", "07")

    assert ended.code == 1
    assert ended.out.splitlines()[3:6] == [
        "   WRONG  Your example contradicts the statement.",
        "          The answer to request 2 does not have `body.text`: Hi Luis",
        "          Read task 2 again.",
    ]
    assert "Hello" not in ended.out


def test_answer_that_cannot_come_is_told(dojo: Dojo, file: Path) -> None:
    """Without the value of a name there is no further request, and so no answer."""
    text = EXAMPLES.replace('"text": "{{greeting}}"', '"name": {{name}}')
    file.write_text(text.replace("greetings/Luis", "greetings/{{name}}"), "utf-8")

    ended = dojo("examples", "07")

    assert ended.code == 1
    assert ended.out.splitlines()[4:7] == [
        "          The answer to request 1 does not have `body.name`: {{name}}",
        "          The answer to request 2 does not come: an answer before it lacks a",
        "          value, or the app stops.",
    ]


def test_what_is_left_open_decides_nothing(dojo: Dojo, file: Path) -> None:
    """A right answer may differ where the statement leaves it; its sentence says so."""
    file.write_text(EXAMPLES.replace('Luis"}', 'Luis", "more": "{{absent}}"}'), "utf-8")

    ended = dojo("examples", "07")

    assert ended.code == 0
    assert "RIGHT  It catches 3 of 3 wrong answers." in ended.out
    told = 'Not compared, because the statement says: "Further keys are up to you."'
    assert told in " ".join(ended.out.split())


def test_example_that_asks_for_more_is_told(dojo: Dojo, file: Path) -> None:
    """Where only some right answers agree, the example asks for more than the statement does."""
    traffic = file.parents[2] / "graders/07_greeting/traffic.py"
    traffic.unlink()
    file.write_text(EXAMPLES.replace('Luis"}', 'Luis", "more": "{{absent}}"}'), "utf-8")

    ended = dojo("examples", "07")

    assert ended.code == 1
    assert ended.out.splitlines()[3:7] == [
        "   WRONG  Your example asks for more than the statement does.",
        "          The answer to request 2 has `body.more`.",
        "          Other answers are right as well. Leave this out, or write `…` in its",
        "          place.",
    ]


def test_no_wrong_answer_is_shown(dojo: Dojo, file: Path) -> None:
    """Neither a name, nor a reason, nor a word of a wrong answer is written."""
    file.write_text(EXAMPLES, "utf-8")

    ended = dojo("examples", "07")

    for secret in ("same_for_all", "wrong_word", "Everybody", "Goodbye"):
        assert secret not in ended.out + ended.err


def test_empty_and_bad_files_are_told(dojo: Dojo, file: Path) -> None:
    """A file without an example, or with one that is not understood, gets a sentence."""
    file.write_text("## 1. Later\n")
    empty = dojo("examples", "07")
    file.write_text("curl x/a\n")
    bad = dojo("examples", "07")

    assert (empty.code, bad.code) == (2, 2)
    assert empty.err.startswith("'exercises/07_greeting/examples.txt' holds no example.")
    assert bad.err.startswith("Line 1 of 'examples.txt': This request has no answer.")
    assert file.read_text() == "curl x/a\n"


def test_other_katas_say_why_not(dojo: Dojo, file: Path) -> None:
    """A kata without an app says what to run instead; no file is written."""
    description = file.with_name("kata.toml")
    description.write_text(f'kind = "answers"\n{description.read_text()}')

    ended = dojo("examples", "07")

    assert ended.code == 2
    assert "'07_greeting' asks for none. Run `nox -s check -- 07`" in ended.err
    assert not file.exists()


def test_handout_has_no_known_answers(dojo: Dojo, file: Path) -> None:
    """In a handout the command says that it is not there."""
    description = file.with_name("kata.toml")
    description.write_text(f"hidden = 1\n{description.read_text()}")

    ended = dojo("examples", "07")

    assert ended.code == 2
    assert ended.err.startswith("'examples' is not part of a handout.")


def test_examples_are_no_part_of_a_submission(dojo: Dojo, file: Path) -> None:
    """The file lies beside `app/`, and only that is read."""
    dojo("examples", "07")
    kata = Catalogue(file.parents[2]).find("07")

    assert file.is_file()
    assert read(kata.exercise) == {"app/main.py": STUB.encode()}
