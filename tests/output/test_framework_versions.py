"""The file about what changed in FastAPI."""

from pathlib import Path

import pytest

from dojo.model.catalogue import Catalogue, CatalogueError
from dojo.output.framework_versions import VERSIONS, read_versions

ROOT = Path(__file__).parents[2]
ENTRY = '[[change]]\nsince = "0.121"\ntitle = "Scopes"\ntext = "Dependencies have a scope."\n'


def write(root: Path, text: str) -> Catalogue:
    """Write the file below a root without katas."""
    (root / VERSIONS).parent.mkdir(parents=True)
    (root / VERSIONS).write_text(text, "utf-8")
    return Catalogue(root)


def test_changes_stand_by_version() -> None:
    """The changes of a version stand together, with the katas that practise them."""
    versions = dict(read_versions(Catalogue(ROOT)))
    change = versions["0.137"][0]

    assert len(versions) > 10
    assert [kata.id for kata in change.katas] == ["05_routers"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY + 'katas = ["77"]\n', "Kata '77' does not exist"),
        (ENTRY + "odd = 1\n", "cannot be read"),
        ("[[change]\n", "cannot be read"),
    ],
)
def test_wrong_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """A kata that is not there, an unknown key and broken TOML are said."""
    with pytest.raises(CatalogueError, match=said):
        read_versions(write(tmp_path, text))
