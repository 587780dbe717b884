"""What is installed for the engine is what it needs, and no tool of its authors."""

import io
import tomllib
import zipfile

from dojo.teaching.handouts import AUTHORS, build_wheel, read_project

from .conftest import ROOT


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
    kept = {each for each in files if not each.removeprefix("dojo/").startswith(AUTHORS)}
    described = {each for each in wheel.namelist() if ".dist-info/" in each}
    assert set(wheel.namelist()) == kept | described
    assert all(wheel.read(each) == files[each] for each in kept)
    assert all(any(each.startswith(f"dojo/{author}") for each in files) for author in AUTHORS)
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
