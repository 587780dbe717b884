"""`show` prints known answers beside the solution."""

from pathlib import Path

import pytest

from .conftest import Dojo

WRONG = """\
[[wrong]]
name = "shouted"
why = "Greets in capital letters, as if nobody could hear it, although nobody has asked for that."
fails = ["test_greeting_holds_name"]

[[wrong.edits]]
file = "app/main.py"
old = 'f"Hello {name}"'
new = 'f"Hello {name}".upper()'
"""

SHOWN = """\
07_greeting, wrong answer 'shouted'
Greets in capital letters, as if nobody could hear it, although nobody has asked
for that.

It fails:
- test_greeting_holds_name: The greeting holds the name.

--- solution/app/main.py
+++ shouted/app/main.py
@@ -10,7 +10,7 @@
 \n\
 @app.get("/greetings/{name}")
 def read_greeting(name: str) -> dict[str, str]:
-    return {"text": f"Hello {name}"}
+    return {"text": f"Hello {name}".upper()}
 \n\
 \n\
 @app.get("/partner/{name}")

Next: `nox -s check -- 07 --case shouted` grades it.
"""


@pytest.fixture(autouse=True)
def answers(repository: Path) -> None:
    """Give one kata a wrong answer and an accepted one."""
    grader = repository / "graders/07_greeting"
    (grader / "wrong.toml").write_text(WRONG, "utf-8")
    folder = grader / "submissions/accepted/apart"
    (folder / "app").mkdir(parents=True)
    (folder / "app/names.py").write_text("NAMES = ()\n", "utf-8")
    (folder / "expect.toml").write_text('why = "The names have a module of their own."\n')


def test_answer_is_shown_beside_solution(dojo: Dojo) -> None:
    """A wrong answer comes with its reason, what it fails, and how it differs."""
    ended = dojo("show", "07", "shouted")

    assert (ended.code, ended.out) == (0, SHOWN)


def test_folder_is_shown_too(dojo: Dojo) -> None:
    """An answer that is a folder looks the same; a new file is added line by line."""
    ended = dojo("show", "07", "apart")

    assert ended.code == 0
    assert ended.out.splitlines() == [
        "07_greeting, accepted answer 'apart'",
        "The names have a module of their own.",
        "",
        "It passes every criterion.",
        "",
        "--- solution/app/names.py",
        "+++ apart/app/names.py",
        "@@ -0,0 +1 @@",
        "+NAMES = ()",
        "",
        "Next: `nox -s check -- 07 --case apart` grades it.",
    ]


def test_all_answers_are_listed(dojo: Dojo) -> None:
    """Without a name there is a line of 80 columns at most for each answer."""
    ended = dojo("show", "07")

    assert ended.code == 0
    assert ended.out.splitlines() == [
        "accepted  apart    The names have a module of their own.",
        "wrong     shouted  Greets in capital letters, as if nobody could hear it, altho…",
        "",
        "Next: `nox -s show -- 07 apart` shows how one of them differs from the solution.",
    ]


def test_kata_without_answers_says_so(dojo: Dojo) -> None:
    """Nothing to list is a sentence, and not an empty page."""
    ended = dojo("show", "08")

    assert ended.code == 0
    assert "Kata '08_farewell' has no known answers." in ended.out


def test_unknown_answer_is_told(dojo: Dojo) -> None:
    """A name that no answer has is told with those that are near."""
    ended = dojo("show", "07", "shoutet")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "Kata '07_greeting' has no known answer 'shoutet'. Did you mean 'shouted'? "
        "Run `nox -s show -- 07` to see them all.\n"
    )


@pytest.mark.parametrize("command", ["show 07 shouted", "check 07 --case shouted"])
def test_misfit_is_told(dojo: Dojo, repository: Path, command: str) -> None:
    """An answer that does not fit the solution any more is no traceback."""
    path = repository / "graders/07_greeting/wrong.toml"
    path.write_text(WRONG.replace("old = 'f\"Hello", "old = 'f\"Hi"), "utf-8")

    ended = dojo(*command.split())

    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "Case 'shouted' cannot be built: the `old` of an edit stands 0 times in 'app/main.py', "
        "not once: 'f\"Hi {name}\"'. Copy into `old` what stands there now.\n"
    )
