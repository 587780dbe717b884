"""Edits: a wrong version of an app, written as the right one with some lines changed.

It knows neither katas nor verdicts: wrong answers and wrong apps of a suite are both made here.
"""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field


class Misfit(Exception):
    """Edits that do not fit the files they are for; the message says what to do."""


class Edit(BaseModel):
    """`new` in place of `old`, which stands exactly once in `file`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    old: str = Field(min_length=1)
    new: str


def apply_edits(files: Mapping[str, str], edits: Sequence[Edit]) -> dict[str, str]:
    """Give the files, path to text, that differ after the edits, each of which sees the originals.

    Raises `Misfit` if a text to replace is not there exactly once, or if two of them overlap.
    """
    changed = {}
    for name in dict.fromkeys(edit.file for edit in edits):
        if name not in files:
            raise Misfit(
                f"an edit is for '{name}', which is not a file of the app. "
                "Name a file that is there, such as 'app/main.py'."
            )
        own = [edit for edit in edits if edit.file == name]
        changed[name] = _replace(files[name], own)
    return changed


def _replace(text: str, edits: Sequence[Edit]) -> str:
    for edit in edits:
        _check(edit, text)
    written, end = "", 0
    for edit in sorted(edits, key=lambda each: text.index(each.old)):
        start = text.index(edit.old)
        if start < end:
            raise Misfit(
                f"two edits of '{edit.file}' change the same text: {_quote(edit.old)}. "
                "Make one edit of them."
            )
        written += text[end:start] + edit.new
        end = start + len(edit.old)
    return written + text[end:]


def _check(edit: Edit, text: str) -> None:
    count = sum(text.startswith(edit.old, start) for start in range(len(text)))
    if count == 1:
        return
    advice = "Add a line before or after it to `old` and `new`."
    if count == 0:
        advice = "Copy into `old` what stands there now."
    raise Misfit(
        f"the `old` of an edit stands {count} times in '{edit.file}', not once: "
        f"{_quote(edit.old)}. {advice}"
    )


def _quote(text: str) -> str:
    """Give the first line of a text that says something, in quotes."""
    lines = text.strip().splitlines() or [text]
    return f"'{lines[0]}'" + (" …" if len(lines) > 1 else "")
