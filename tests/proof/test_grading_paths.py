"""No verdict depends on the path and the mode: one that does is a defect."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest

from dojo.__main__ import run
from dojo.model.catalogue import Kata
from dojo.model.reports import Report
from dojo.proof import cases
from dojo.proof.verification import GradingPath, Plan, Proof, Submit, list_paths, open_path, verify
from dojo.runner.grading import Job, Options
from dojo.runner.sandbox import Mode, examine

from .conftest import SOLUTION
from .test_verdict_cache import REPORT

COLD = GradingPath(warm=False, mode=Mode.BASIC)
OTHERS = (
    GradingPath(warm=True, mode=Mode.FULL),
    GradingPath(warm=True, mode=Mode.NO_BWRAP),
    COLD,
)
UNSTEADY = f"import sys\n{SOLUTION}".replace(
    '"on": False', '"on": "warm-fork-server" not in sys.orig_argv'
)
"""A right answer where libraries were loaded for others, and else a wrong one."""


@pytest.fixture(autouse=True)
def no_cheats(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave out the cheats, which are cases like the others."""
    monkeypatch.setattr(cases, "CHEATS", tmp_path / "none")


@pytest.fixture
def graded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[GradingPath, Job]]:
    """Grade nothing; give the list of what was to be graded, and on which path."""
    noted: list[tuple[GradingPath, Job]] = []

    @contextmanager
    def open_noted(path: GradingPath, *_: object) -> Iterator[Submit]:
        def submit(job: Job) -> "Future[Report]":
            noted.append((path, job))
            report: Future[Report] = Future()
            report.set_result(REPORT.model_copy(update={"seed": job.options.seed}))
            return report

        yield submit

    monkeypatch.setattr("dojo.proof.verification.open_path", open_noted)
    return noted


def prove(kata: Kata, others: Sequence[GradingPath], *, everywhere: bool = False) -> Proof:
    """Verify one kata on more than one path."""
    plan = Plan(jobs=2, others=others, everywhere=everywhere)
    return verify([kata], plan, lambda _: None)[0]


def test_every_path_names_its_mode(kata: Kata) -> None:
    """Each path that this machine gives grades in the mode that it names."""
    for path in list_paths():
        with open_path(path, 1) as submit:
            report = submit(Job(kata, kata.solution, Options(seed="7"))).result()

        assert report.environment.isolation == path.mode, path
        assert report.seed == "7"
        assert {each.outcome for each in report.criteria} == {"passed"}


def test_machine_has_both_paths() -> None:
    """Every mode that holds here is tried on the warm path, and what a check takes on both."""
    paths = list_paths()
    holding = {mode for mode in Mode if mode is Mode.BASIC or examine(mode).holds}

    assert {path.mode for path in paths if path.warm} == holding
    assert {path.mode for path in paths if not path.warm} == holding - {Mode.FULL}


def test_verdict_of_one_path_is_a_defect(
    kata: Kata, submit: Callable[[str, str, list[str]], None]
) -> None:
    """A verdict that is another one on another path is told with both, and not kept as proven."""
    submit("accepted/unsteady", UNSTEADY, [])

    proof = prove(kata, [COLD])

    (told,) = (each for each in proof.defects if each.startswith("accepted unsteady:"))
    assert (
        "'test_lamp_is_off' is passed on the warm path in mode 'basic' but failed on the cold path"
        " in mode 'basic', both with seed"
    ) in told
    assert {case.name for case in proof.reports} - {case.name for case in proof.proven} == {
        "unsteady"
    }


def test_other_paths_are_dealt(kata: Kata, graded: list[tuple[GradingPath, Job]]) -> None:
    """Every case is graded once more, with its seed, and every path has its share of them."""
    prove(kata, OTHERS)
    first = {job.source: job for path, job in graded if path == Plan().first}
    dealt = [(path, job) for path, job in graded if path != Plan().first]

    assert len(first) == 6
    assert {job.source: job for _, job in dealt} == first
    assert Counter(path for path, _ in dealt) == dict.fromkeys(OTHERS, 2)


def test_every_path_can_be_asked_for(kata: Kata, graded: list[tuple[GradingPath, Job]]) -> None:
    """If everything is wanted, each case is graded on each path."""
    prove(kata, OTHERS, everywhere=True)

    assert Counter(path for path, _ in graded) == dict.fromkeys((Plan().first, *OTHERS), 6)


def test_other_mode_is_a_defect(kata: Kata, graded: list[tuple[GradingPath, Job]]) -> None:
    """A report from another mode than that of its path is no comparison, and is told."""
    told = "\n".join(prove(kata, OTHERS[:1]).defects)

    assert graded
    assert "was graded in mode 'basic' on the warm path in mode 'full'." in told


@pytest.mark.parametrize(
    ("words", "others", "everywhere"),
    [
        ([], 3, False),
        (["--paths", "one"], 0, False),
        (["--paths", "all"], 3, True),
        (["--repeat", "2"], 0, False),
        (["--stress"], 0, False),
        (["--repeat", "2", "--paths", "two"], 3, False),
    ],
)
def test_option_says_how_many_paths(
    kata: Kata,
    plans: list[Plan],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    others: int,
    everywhere: bool,
) -> None:
    """Each case is graded on two paths, unless it is repeated or something else is asked for."""
    monkeypatch.setattr(
        "dojo.commandline.author_commands.list_paths", lambda: [Plan().first, *OTHERS]
    )
    monkeypatch.chdir(kata.root)

    assert run(["verify", *words]) == 0
    assert [(len(plan.others), plan.everywhere) for plan in plans] == [(others, everywhere)]
