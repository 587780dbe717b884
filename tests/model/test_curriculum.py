"""The order of katas follows what they build on."""

from pathlib import Path

import pytest

from dojo.model.catalogue import Catalogue, CatalogueError, Kata
from dojo.model.curriculum import list_prerequisites, order

ROOT = Path(__file__).parent.parent.parent


def write_kata(root: Path, kata: str, level: str, *after: str) -> Kata:
    """Write the description of a kata."""
    folder = root / "exercises" / kata
    folder.mkdir(parents=True)
    (folder / "kata.toml").write_text(
        f'title = "Kata"\ntrack = "basics"\nlevel = "{level}"\nminutes = 5\n'
        f'after = {list(after)}\nrules = ["name_the_thing"]\neditable = ["app/main.py"]\n'
    )
    return Kata(kata, root)


def test_prerequisites_come_first(tmp_path: Path) -> None:
    """A kata stands behind those it builds on, whatever their numbers."""
    write_kata(tmp_path, "01_roof", "junior", "03_floor")
    write_kata(tmp_path, "03_floor", "mid")

    assert [kata.id for kata in order(Catalogue(tmp_path).katas)] == ["03_floor", "01_roof"]


def test_junior_comes_before_mid(tmp_path: Path) -> None:
    """Of two katas that could be next, the easier one is."""
    write_kata(tmp_path, "03_floor", "mid")
    write_kata(tmp_path, "12_door", "junior")

    assert [kata.id for kata in order(Catalogue(tmp_path).katas)] == ["12_door", "03_floor"]


def test_absent_prerequisite_is_not_awaited(tmp_path: Path) -> None:
    """A handout of some katas can be put in order."""
    write_kata(tmp_path, "01_roof", "junior", "03_floor")

    assert [kata.id for kata in order(Catalogue(tmp_path).katas)] == ["01_roof"]


def test_circle_is_ordered_and_found(tmp_path: Path) -> None:
    """A circle costs no learner the list, and each of its katas is its own prerequisite."""
    roof = write_kata(tmp_path, "01_roof", "junior", "03_floor")
    write_kata(tmp_path, "03_floor", "mid", "01_roof")

    assert [kata.id for kata in order(Catalogue(tmp_path).katas)] == ["01_roof", "03_floor"]
    assert roof.id in list_prerequisites(roof)


@pytest.mark.parametrize("key", ["after", "rules"])
def test_key_is_required(tmp_path: Path, key: str) -> None:
    """A kata that does not say what it builds on, or what is learnt, cannot be read."""
    kata = write_kata(tmp_path, "01_roof", "junior")
    path = kata.exercise / "kata.toml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith(key)))

    with pytest.raises(CatalogueError, match=key):
        kata.file  # noqa: B018


def test_own_katas_have_no_circle() -> None:
    """No kata of this repository builds on itself, and each prerequisite exists."""
    katas = Catalogue(ROOT).katas
    named = {name for kata in katas for name in kata.file.after}

    assert [kata.id for kata in katas if kata.id in list_prerequisites(kata)] == []
    assert named <= {kata.id for kata in katas}
