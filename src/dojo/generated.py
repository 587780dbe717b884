"""Generated files: what is written from other files, and whether it is current."""

import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .catalogue import TRACKS, Catalogue, Kata
from .grading import Options
from .proof.cases import list_cases
from .renderers.consoles import open_console
from .renderers.terminal import render_report
from .reports import ReportList
from .warm.pool import Job, Pool

SCHEMA = Path(__file__).parent / "report.schema.json"
SHOWN = ("03_dependencies", "no_finally")
"""The kata and the wrong submission whose report the README shows."""


def generate(root: Path) -> dict[Path, str]:
    """Give each generated file of the repository with the text that it should have."""
    readme = root / "README.md"
    text = readme.read_text("utf-8")
    text = _fill(text, "katas", make_table(Catalogue(root).katas))
    lines = make_output(root).splitlines()
    text = _fill(text, "output", "\n".join(f"    {line}".rstrip() for line in lines))
    return {readme: text, SCHEMA: make_schema()}


def find_stale(root: Path) -> list[Path]:
    """Give the generated files that differ from what they should be."""
    return [
        path
        for path, text in generate(root).items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]


def make_output(root: Path) -> str:
    """Grade a wrong submission and write its report as a terminal would show it."""
    name, submission = SHOWN
    kata = Catalogue(root).find(name)
    with tempfile.TemporaryDirectory(prefix="dojo-") as scratch, Pool(1) as pool:
        cases = list_cases(kata, Path(scratch))
        source = next(case.source for case in cases if case.name == submission)
        report = pool.submit(Job(kata, source, Options(seed="1"))).result()
    written = io.StringIO()
    render_report(report, open_console(written))
    return written.getvalue().rstrip()


def make_schema() -> str:
    """Write the JSON schema of reports, as they are written."""
    schema = ReportList.model_json_schema(mode="serialization")
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def make_table(katas: Sequence[Kata]) -> str:
    """Write the table of the katas, by track and number."""
    rows = [
        f"| [{kata.id}](exercises/{kata.id}/README.md) | {kata.file.title} | {kata.file.track} "
        f"| {kata.file.level} | {kata.file.minutes} |"
        for kata in sorted(katas, key=lambda kata: (TRACKS.index(kata.file.track), kata.id))
    ]
    return "\n".join(
        ["| kata | title | track | level | minutes |", "| --- | --- | --- | --- | --- |", *rows]
    )


def _fill(text: str, name: str, content: str) -> str:
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(end)
    return f"{before}{start}\n\n{content}\n\n{end}{after}"
