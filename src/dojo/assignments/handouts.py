"""Handouts: the files of a repository for students, with the public criteria of some katas.

What is in it comes from lists of what may be given away, never from copying and removing.
"""

from collections.abc import Sequence
from pathlib import Path
from string import Template

from ..catalogue import Kata
from .criteria import (
    Public,
    count_criteria,
    describe_handout,
    list_sentences,
    read_files,
    write_public,
)
from .projects import read_project

TEMPLATES = Path(__file__).parent / "templates"


def make_handout(root: Path, name: str, public: Public) -> dict[str, bytes]:
    """Make the files of a handout, path to content; `public` names criteria by kata."""
    files = {
        **read_project(root),
        "README.md": _write_readme(name, public).encode(),
        ".gitignore": (root / ".gitignore").read_bytes(),
        ".github/workflows/check.yml": (TEMPLATES / "check.yml").read_bytes(),
        "noxfile.py": _write_noxfile(next(iter(public))).encode(),
    }
    for kata, criteria in public.items():
        files |= _read_exercise(kata, criteria)
        for path, content in write_public(kata, criteria).items():
            files[f"graders/{kata.id}/{path}"] = content
    return files


def _read_exercise(kata: Kata, public: Sequence[str]) -> dict[str, bytes]:
    """Read what a learner starts from; `app/` comes from the stub, whatever was done to it."""
    folder = f"exercises/{kata.id}"
    files = {
        f"{folder}/{name}": (kata.exercise / name).read_bytes()
        for name in ("README.md", "HINTS.md")
    }
    files[f"{folder}/kata.toml"] = describe_handout(kata, public)
    for target in ("app", ".stub/app"):
        files |= read_files(kata.stub / "app", f"{folder}/{target}")
    return files


def _write_noxfile(first: Kata) -> str:
    template = Template((TEMPLATES / "handout_noxfile.py").read_text("utf-8"))
    return template.substitute(first=first.number)


def _write_readme(name: str, public: Public) -> str:
    katas = list(public)
    template = Template((TEMPLATES / "README.md").read_text("utf-8"))
    return template.substitute(
        name=name,
        first=katas[0].number,
        first_id=katas[0].id,
        katas="\n".join(_write_row(kata, len(public[kata])) for kata in katas),
        criteria="\n".join(
            f"- {kata.number}: {sentence}"
            for kata in katas
            for sentence in list_sentences(kata, public[kata])
        ),
    )


def _write_row(kata: Kata, public: int) -> str:
    link = f"[{kata.id}](exercises/{kata.id}/README.md)"
    cells = (link, kata.file.title, kata.file.level, kata.file.minutes, public)
    return f"| {' | '.join(map(str, cells))} | {count_criteria(kata) - public} |"
