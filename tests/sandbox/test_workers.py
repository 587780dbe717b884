"""Whole submissions are graded in a confinement, and reports say so."""

from pathlib import Path

import pytest

from dojo.harness.temporary_folders import open_run_folder
from dojo.model.catalogue import Catalogue
from dojo.model.reports import Status
from dojo.runner.fork_server_launcher import SERVING_LABS, ForkServerLauncher
from dojo.runner.grading import Job, Options
from dojo.runner.pool import Pool
from dojo.runner.sandbox import Mode

from ..conftest import write_files

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("number", ["21", "40"])
def test_report_names_mode(mode: Mode, number: str) -> None:
    """Submissions that use labs over the network and two instances pass in every mode."""
    kata = Catalogue(ROOT).find(number)
    with Pool(1, mode) as pool:
        (report,) = pool.grade_all([Job(kata, kata.solution, Options())])

    assert (report.status, report.environment.isolation) == (Status.PASSED, mode)


def test_each_lab_has_its_port(mode: Mode, runs_folder: Path) -> None:
    """Listeners for one lab are the same, and those for two labs are not."""
    with open_run_folder(runs_folder) as folder:
        launcher = ForkServerLauncher(folder, SERVING_LABS, mode)
        try:
            listeners = [launcher.open_listener(lab) for lab in ("mail", "upstream", "mail")]
            ports = [listener.getsockname()[1] for listener in listeners]
            for listener in listeners:
                listener.close()
        finally:
            launcher.close()

    assert ports[0] != ports[1]
    assert mode is Mode.BASIC or ports[0] == ports[2]


SEARCH = '''

def look_beside() -> str:
    """Read the application of whoever has a folder beside this one."""
    own = Path(__file__).resolve()
    own.read_text()
    found = [each for each in own.parents[3].glob("*/stage/app/main.py") if each != own]
    return "".join(each.read_text() for each in found)
'''


def search_reference(mode: Mode, tmp_path: Path) -> dict[str, str]:
    """Grade a right answer to 01 that adds what it finds beside it; give the outcomes."""
    kata = Catalogue(ROOT).find("01")
    text = (kata.solution / "app" / "main.py").read_text("utf-8")
    text = text.replace("from decimal", "from pathlib import Path\nfrom decimal", 1)
    text = text.replace("{title} {name}", "{title} {name}{look_beside()}", 1)
    write_files(tmp_path, {"app/main.py": f"{text}{SEARCH}"})
    with Pool(1, mode) as pool:
        (report,) = pool.grade_all([Job(kata, tmp_path, Options())])
    return {each.name: str(each.outcome) for each in report.criteria}


def test_reference_is_out_of_reach(mode: Mode, tmp_path: Path) -> None:
    """A submission reads no file of the reference that it is compared with."""
    assert set(search_reference(mode, tmp_path).values()) == {"passed"}


def test_reference_leaves_no_file(tmp_path: Path) -> None:
    """Where nothing keeps a submission in, there is no file of the reference by then."""
    assert set(search_reference(Mode.BASIC, tmp_path).values()) == {"passed"}
