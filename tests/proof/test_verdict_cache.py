"""What was proven once is graded again only if something changed, or if it is drawn."""

import importlib.metadata
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from dojo.__main__ import run
from dojo.model.catalogue import Catalogue, Kata
from dojo.model.reports import Environment, Report
from dojo.proof import cases, verdict_cache
from dojo.proof.cases import Case, list_cases
from dojo.proof.verdict_cache import VerdictCache
from dojo.proof.verification import Plan, Proof, verify
from dojo.runner.sandbox import Mode

from .conftest import GRADER, ID

ALL = {"stub", "solution", "always_on", "plain_status", "renamed", "with_router"}
ENVIRONMENT = Environment(
    dojo="0",
    python="3",
    fastapi="0",
    platform="Linux",
    isolation="basic",
    grader_digest="",
    submission_digest="",
)
PACKAGE = SimpleNamespace(name="fastapi", version="0")
REPORT = Report(kata=ID, title="A lamp", seed="1", criteria=(), environment=ENVIRONMENT)

Change = Callable[[Path, pytest.MonkeyPatch], None]


@pytest.fixture(autouse=True)
def small_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave out the cheats, which are cases like the others, and the search for packages."""
    monkeypatch.setattr(cases, "CHEATS", tmp_path / "none")
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: [PACKAGE])


def look_up(kata: Kata, scratch: Path, mode: Mode = Mode.BASIC) -> tuple[VerdictCache, list[Case]]:
    """Open the cache of a kata's repository and look up all its cases."""
    cache = VerdictCache(kata.root, mode)
    found = list(list_cases(Catalogue(kata.root).find(ID), scratch))
    cache.look_up(found)
    return cache, found


def fill(kata: Kata, scratch: Path) -> None:
    """Keep a report for every case of a kata."""
    cache, found = look_up(kata, scratch)
    cache.keep(kata, dict.fromkeys(found, REPORT))


def name(known: object) -> set[str]:
    """Give the names of cases."""
    assert isinstance(known, dict)
    return {case.name for case in known}


def prove(kata: Kata) -> tuple[Proof, VerdictCache]:
    """Verify a kata with the cache of its repository."""
    cache = VerdictCache(kata.root, Mode.BASIC)
    (proof,) = verify([kata], Plan(jobs=2, cache=cache), lambda _: None)
    return proof, cache


def write(path: str, text: str = "# changed\n") -> Change:
    """Add a text to a file, which may be a new one."""

    def change(root: Path, _: pytest.MonkeyPatch) -> None:
        file = root / path.format(id=ID)
        file.write_text((file.read_text() if file.is_file() else "") + text)

    return change


def patch(target: object, attribute: str, value: object) -> Change:
    """Replace something that the surroundings are described with."""
    return lambda _, monkeypatch: monkeypatch.setattr(target, attribute, value)


@pytest.mark.parametrize(
    ("change", "forgotten"),
    [
        (write("graders/{id}/survivors.toml"), set()),
        (write("graders/{id}/wrong.toml", "\n"), set()),
        (write("solutions/{id}/NOTES.md"), set()),
        (write("graders/{id}/submissions/wrong/plain_status/app/main.py"), {"plain_status"}),
        (write("graders/{id}/submissions/wrong/plain_status/expect.toml", "errors = ['x']"),
         {"plain_status"}),
        (write("graders/{id}/wrong.toml", "[[wrong.edits]]\nfile = 'app/main.py'\n"
               "old = 'status_code=201'\nnew = 'status_code=202'\n"), {"always_on"}),
        (write("graders/{id}/test_lamp.py"), ALL),
        (write("graders/{id}/probe.py"), ALL),
        (write("exercises/{id}/README.md"), ALL),
        (write("exercises/{id}/kata.toml"), ALL),
        (write("exercises/{id}/.stub/app/main.py"), ALL),
        (write("exercises/{id}/.stub/app/given.py"), ALL),
        (write("solutions/{id}/app/main.py"), ALL),
        (write("requirements.lock"), ALL),
        (patch(verdict_cache, "ENGINE", Path(__file__).parent), ALL),
        (patch(importlib.metadata, "distributions", list), ALL),
        (patch(sys, "version", "4.0"), ALL),
        (patch(platform, "uname", lambda: platform.uname_result("A", "b", "c", "d", "e")), ALL),
    ],
)  # fmt: skip
def test_changes_make_verdicts_unknown(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change, forgotten: set[str]
) -> None:
    """A verdict is known until something changes that could change it, and no longer."""
    fill(kata, tmp_path / "before")
    change(kata.root, monkeypatch)

    cache, _ = look_up(kata, tmp_path / "after")

    assert name(cache.known) == ALL - forgotten


def test_modes_are_kept_apart(kata: Kata, tmp_path: Path) -> None:
    """What was proven in one mode of isolation says nothing of another."""
    fill(kata, tmp_path / "before")

    cache, _ = look_up(kata, tmp_path / "after", Mode.NO_BWRAP)

    assert cache.known == {}


def test_paths_are_kept_apart(kata: Kata, tmp_path: Path) -> None:
    """What was compared with some paths says nothing of others."""
    fill(kata, tmp_path / "before")
    cache = VerdictCache(kata.root, Mode.BASIC, ["the cold path"])
    cache.look_up(list_cases(Catalogue(kata.root).find(ID), tmp_path / "after"))

    assert cache.known == {}


def test_other_katas_stay_known(kata: Kata, tmp_path: Path) -> None:
    """Keeping the verdicts of one kata leaves those of the others."""
    fill(kata, tmp_path / "before")
    cache, _ = look_up(kata, tmp_path / "between")
    cache.keep(Kata("08_other", kata.root), {})

    cache, _ = look_up(kata, tmp_path / "after")

    assert name(cache.known) == ALL


def test_twentieth_is_drawn(kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is graded again is a share, never nothing, and drawn anew in each run."""
    fill(kata, tmp_path / "before")
    caches = [look_up(kata, tmp_path / str(number))[0] for number in range(8)]
    monkeypatch.setattr(verdict_cache, "REGRADED", 2)
    half, _ = look_up(kata, tmp_path / "half")

    assert {len(cache.drawn) for cache in caches} == {1}
    assert len({case.name for cache in caches for case in cache.drawn}) > 1
    assert len(half.drawn) == 3


@pytest.mark.parametrize("content", [b"", b'{"verdicts": {', b"\xff", b"[]", b'{"verdicts": 1}'])
def test_corrupted_cache_is_empty(kata: Kata, tmp_path: Path, content: bytes) -> None:
    """A file that cannot be read counts as absent and is written anew."""
    fill(kata, tmp_path / "before")
    (kata.root / ".dojo/verdicts.json").write_bytes(content)

    corrupted, _ = look_up(kata, tmp_path / "corrupted")
    fill(kata, tmp_path / "again")
    mended, _ = look_up(kata, tmp_path / "mended")

    assert corrupted.known == {}
    assert name(mended.known) == ALL


def test_change_while_grading_is_noticed(kata: Kata, tmp_path: Path) -> None:
    """A verdict is not kept if its files are no longer those that were graded."""
    cache, found = look_up(kata, tmp_path / "before")
    with (kata.grader / "test_lamp.py").open("a") as file:
        file.write("# changed\n")
    cache.keep(kata, dict.fromkeys(found, REPORT))

    for text in (f"{GRADER}# changed\n", GRADER):
        (kata.grader / "test_lamp.py").write_text(text)
        later, _ = look_up(kata, tmp_path / str(len(text)))
        assert later.known == {}


def test_known_verdicts_are_not_graded(kata: Kata, tmp_path: Path) -> None:
    """A second run grades what is drawn, and finds what the first one found."""
    log = tmp_path / "log"
    noting = GRADER.replace("expect(lamp).status(200)", "note()\n    expect(lamp).status(200)")
    note = (
        f"def note() -> None:\n    with open({str(log)!r}, 'a') as file:\n        file.write('.')"
    )
    (kata.grader / "test_lamp.py").write_text(f"{noting}\n\n{note}\n")

    first, _ = prove(kata)
    graded = log.read_text()
    second, cache = prove(kata)

    assert len(graded) == len(ALL)
    assert len(log.read_text()) == len(ALL) + len(cache.drawn) == len(ALL) + 1
    assert (first.defects, second.defects) == ([], [])
    verdicts = [
        {case.name: [each.outcome for each in report.criteria] for case, report in found}
        for found in (first.reports.items(), second.reports.items())
    ]
    assert verdicts[0] == verdicts[1]


def test_defects_are_not_remembered(kata: Kata) -> None:
    """A case that is not as it should be is graded in every run until it is."""
    folder = kata.grader / "submissions/wrong/plain_status"
    (folder / "app/main.py").write_text((kata.solution / "app/main.py").read_text())

    before, _ = prove(kata)
    after, cache = prove(kata)

    assert name(cache.known) == ALL - {"plain_status"}
    assert any("'test_lamp_switches_on' is passed, expected failed" in x for x in before.defects)
    assert any("'test_lamp_switches_on' is passed, expected failed" in x for x in after.defects)


def test_one_difference_empties_cache(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a drawn verdict comes out differently, the run fails and nothing is known any more."""
    monkeypatch.setattr(verdict_cache, "REGRADED", 1)
    marker = tmp_path / "marker"
    unsteady = GRADER.replace('"on": False', f'"on": Path({str(marker)!r}).exists()')
    (kata.grader / "test_lamp.py").write_text(f"from pathlib import Path\n{unsteady}")
    first, _ = prove(kata)
    marker.touch()

    second, cache = prove(kata)

    assert first.defects == []
    assert any("'test_lamp_is_off' is passed with seed" in each for each in second.defects)
    assert cache.is_refuted
    later, _ = look_up(kata, tmp_path / "later")
    assert later.known == {}


@pytest.mark.parametrize(
    ("arguments", "ci", "used"),
    [
        ([], "", True),
        (["--jobs", "1"], "", True),
        (["--no-cache"], "", False),
        (["--repeat", "2"], "", False),
        (["--stress"], "", False),
        ([], "true", False),
    ],
)
def test_thorough_runs_know_nothing(
    kata: Kata,
    plans: list[Plan],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    ci: str,
    used: bool,
) -> None:
    """CI, repetitions, stress and `--no-cache` grade everything."""
    monkeypatch.setattr("dojo.commandline.author_commands.list_paths", list)
    monkeypatch.setenv("CI", ci)
    monkeypatch.chdir(kata.root)

    assert run(["verify", *arguments]) == 0
    assert [plan.cache is not None for plan in plans] == [used]


def test_command_says_what_was_known(
    kata: Kata, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last lines say how much was not graded, and with which seed the rest was drawn."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(kata.root)
    run(["verify", "07", "--jobs", "2", "--paths", "one"])
    first = capsys.readouterr().out

    code = run(["verify", "07", "--jobs", "2", "--paths", "one"])

    second = " ".join(capsys.readouterr().out.split())
    assert "known" not in first
    assert code == 0
    assert "6 verdicts were known from an earlier run; graded again: 1, drawn with seed" in second
    assert second.endswith("`--no-cache` grades all of them.")
