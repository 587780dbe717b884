"""What is installed for the engine is what it needs, and no tool of its authors."""

import io
import tomllib
import zipfile

from dojo.teaching.handouts import AUTHORS, build_wheel, read_project, reduce_lock

from .conftest import ROOT

LOCK = """\
# written by a program
app==1 \\
    --hash=sha256:aa
    # via project (pyproject.toml)
flit-core==4 \\
    --hash=sha256:bb
    # via project (pyproject.toml:author)
lib==2 \\
    --hash=sha256:cc \\
    --hash=sha256:dd
    # via
    #   app
    #   tool
lint==5
    # via tool
deep==6 ; sys_platform == 'win32' \\
    --hash=sha256:ee
    # via lib
tool==3 \\
    --hash=sha256:ff
    # via project (pyproject.toml:author)
"""


def test_needed_pins_stay() -> None:
    """A pin stays with its hashes where something required needs it, at any depth."""
    reduced = reduce_lock(LOCK, ["app[extra]>=1,<2"])

    names = [line.partition("==")[0] for line in reduced.splitlines() if "==" in line[:12]]
    assert names == ["app", "lib", "deep"]
    assert "deep==6 ; sys_platform == 'win32' \\\n    --hash=sha256:ee\n" in reduced


def test_wheel_holds_engine() -> None:
    """The wheel has every file of the engine that is not for authors only, and the program."""
    name, content = build_wheel(ROOT)
    wheel = zipfile.ZipFile(io.BytesIO(content))

    package = ROOT / "src" / "dojo"
    files = {
        f"dojo/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    kept = {each for each in files if each.split("/")[1] not in AUTHORS}
    described = {each for each in wheel.namelist() if ".dist-info/" in each}
    assert set(wheel.namelist()) == kept | described
    assert all(wheel.read(each) == files[each] for each in kept)
    assert {each.split("/")[1] for each in files} >= set(AUTHORS)
    assert name == "fastapi_katas-0.1.0-py3-none-any.whl"
    assert "fastapi_katas-0.1.0.dist-info/entry_points.txt" in described


def test_own_lock_is_reduced() -> None:
    """Of this repository what is required stays and what authors use goes."""
    files = read_project(ROOT)
    lock = files["requirements.lock"].decode()

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for requirement in project["dependencies"]:
        name = requirement.partition("[")[0].partition(">")[0].partition("=")[0]
        assert f"\n{name}==" in lock
    assert "\nruff==" not in lock
    assert "\ndistributed==" not in lock
