"""On Gradescope a submission gets a score and feedback, or no score and somebody who looks."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dojo.commandline.gradescope_harness import main
from dojo.model.catalogue import Catalogue
from dojo.runner.sandbox import Mode
from dojo.teaching.handouts import make_bundle
from dojo.teaching.public_criteria import count_criteria

from .conftest import ROOT, make_environment, run

Results = dict[str, Any]

PLATFORM_KEYS = {
    *("score", "execution_time", "output", "output_format", "test_output_format"),
    *("test_name_format", "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard"),
}
TEST_KEYS = {
    *("score", "max_score", "status", "name", "name_format", "number", "output"),
    *("output_format", "tags", "visibility", "extra_data"),
}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}
ALL = count_criteria(Catalogue(ROOT).find("01"))
"""The points of the kata: one for each criterion."""

SOLUTION = ROOT / "solutions" / "01_first_api" / "app"


class Platform:
    """What Gradescope does with a bundle, in a folder of its own."""

    def __init__(self, root: Path, *katas: str) -> None:
        self.root = root
        source, selected = root / "source", Catalogue(ROOT).select(katas)
        bundle = io.BytesIO(make_bundle(ROOT, {each: each.file.public for each in selected}))
        zipfile.ZipFile(bundle).extractall(source)
        for name in ("setup.sh", "run_autograder"):
            (source / name).chmod(0o755)
        make_environment(source, source / "engine")  # `setup.sh` leaves it as it is
        shutil.copy(source / "run_autograder", root)
        built = run("bash", source / "setup.sh", cwd=root, AUTOGRADER_ROOT=str(root))
        assert (built.returncode, built.stderr) == (0, "")

    def start(self, lay: Callable[[Path], object]) -> Results:
        """Grade what `lay` puts into the submission's folder, as the platform does."""
        self._prepare(lay)
        ended = run(self.root / "run_autograder", cwd=self.root, AUTOGRADER_ROOT=str(self.root))
        assert (ended.returncode, ended.stderr) == (0, "")
        return self._read_results()

    def grade(self, lay: Callable[[Path], object], code: int = 0) -> Results:
        """Do the same within this process, which is faster."""
        self._prepare(lay)
        assert main([str(self.root)]) == code
        return self._read_results()

    def _prepare(self, lay: Callable[[Path], object]) -> None:
        for name in ("submission", "results"):
            shutil.rmtree(self.root / name, ignore_errors=True)
            (self.root / name).mkdir()
        lay(self.root / "submission")

    def _read_results(self) -> Results:
        results: Results = json.loads((self.root / "results" / "results.json").read_bytes())
        check_format(results)
        return results


def check_format(results: Results) -> None:
    """Expect keys and values that the platform documents."""
    assert results.keys() <= PLATFORM_KEYS
    assert results["stdout_visibility"] == "hidden"
    tests = results.get("tests", [])
    for test in tests:
        assert test.keys() <= TEST_KEYS
        assert test["visibility"] in VISIBILITIES
        assert test["status"] in ("passed", "failed")


@pytest.fixture(autouse=True)
def basic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the probes of this machine where nothing is started."""
    monkeypatch.setattr("dojo.commandline.gradescope_harness.choose_mode", lambda: Mode.BASIC)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Give an assignment of one kata."""
    return Platform(tmp_path_factory.mktemp("platform") / "autograder", "01")


def lay_solution(folder: Path) -> Path:
    """Lay a right submission as a folder `app`."""
    return Path(shutil.copytree(SOLUTION, folder / "app"))


def lay_broken(folder: Path) -> None:
    """Lay a submission that cannot be imported."""
    (lay_solution(folder) / "main.py").write_text("import nothing_like_this\n")


def test_right_work_gets_all(platform: Platform) -> None:
    """Every criterion has its points; only public ones are shown before grades are published."""
    results = platform.start(lay_solution)

    tests = results["tests"]
    assert [test["output"] for test in tests] == [""] * ALL
    assert results["score"] == sum(test["max_score"] for test in tests) == ALL
    assert [test["visibility"] for test in tests].count("visible") == 3
    assert {test["visibility"] for test in tests} == {"visible", "after_published"}


def test_repository_can_be_handed_in(platform: Platform) -> None:
    """A whole repository, in a folder as archives of it have one, is found."""
    results = platform.grade(
        lambda folder: shutil.copytree(
            SOLUTION, folder / "cohort-a-main" / "exercises" / "01_first_api" / "app"
        )
    )

    assert results["score"] == ALL


def test_nested_archive_can_be_handed_in(platform: Platform) -> None:
    """An archive in the submission, with a folder around everything, is unpacked."""

    def lay(folder: Path) -> None:
        with zipfile.ZipFile(folder / "my work.zip", "w") as archive:
            archive.write(SOLUTION / "main.py", "my work/app/main.py")

    assert platform.grade(lay)["score"] == ALL


def test_broken_import_scores_nothing(platform: Platform) -> None:
    """A submission that cannot be imported gets 0 and is told why, at once."""
    results = platform.grade(lay_broken)

    assert results["score"] == 0
    assert "nothing_like_this" in results["output"]
    assert results["visibility"] == "visible"


def test_missing_files_are_named(platform: Platform) -> None:
    """An `app` without the file that was to be written says which one is missing."""

    def lay(folder: Path) -> None:
        (folder / "app").mkdir()
        (folder / "app" / "__init__.py").touch()

    results = platform.grade(lay)

    assert results["score"] == 0
    assert "File 'app/main.py' is missing." in results["output"]


def test_unreadable_work_has_no_score(platform: Platform) -> None:
    """Where no kata is found there is no score, so that somebody looks, and the reason."""
    results = platform.grade(lambda folder: (folder / "essay.txt").write_text("Dear teacher"))

    assert "score" not in results
    assert all("score" not in test for test in results["tests"])
    assert "holds no folder 'app'" in results["output"]
    assert str(platform.root) not in json.dumps(results)


def test_fault_has_no_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A grader that is broken costs nobody anything; its details are for the instructor."""
    broken = Platform(tmp_path / "autograder", "01")
    grader = broken.root / "source" / "graders" / "01_first_api" / "test_first_api.py"
    grader.write_text("import not_installed_here\n")

    results = broken.grade(lay_solution, 3)

    assert "score" not in results
    assert "The grader has an error." in results["output"]
    assert "not_installed_here" not in json.dumps(results)
    assert capsys.readouterr().out.startswith("01_first_api: ")


def test_ruined_bundle_has_no_score(tmp_path: Path) -> None:
    """Even where the harness cannot begin there are results to show."""
    ruined = Platform(tmp_path / "autograder", "01")
    (ruined.root / "source" / "exercises" / "01_first_api" / "kata.toml").write_text("title =")

    results = ruined.grade(lay_solution, 3)

    assert "score" not in results
    assert "The grader has an error." in results["output"]


def test_katas_of_assignment_add_up(tmp_path: Path) -> None:
    """Two katas give one score; one that was not handed in counts nothing."""
    both = Platform(tmp_path / "autograder", "01", "36")

    def lay(folder: Path) -> None:
        shutil.copytree(SOLUTION, folder / "01_first_api" / "app")

    results = both.grade(lay)

    assert results["score"] == ALL
    assert "36_n_plus_one" in results["output"]
