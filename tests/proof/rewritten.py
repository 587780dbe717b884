"""What a transformation makes of a small application, for its tests."""

from textwrap import dedent

import libcst as cst

from dojo.proof.answer_sources import AnswerSources, Places
from dojo.proof.equivalents import ModuleTransformation, Transformation

MAIN = "app/main.py"


def make_sources(source: str, **given: str) -> AnswerSources:
    """Make an answer of one module, beside given modules by name."""
    context = {f"app/{name}.py": dedent(text) for name, text in given.items()}
    return AnswerSources({MAIN: dedent(source)}, context)


def rewrite_module(change: ModuleTransformation, source: str, only: str = "", **given: str) -> str:
    """Make one change of a module, at one place or at all; it must be valid afterwards."""
    sources = make_sources(source, **given)
    places = Places(f"{MAIN} {only}" if only else "", file=MAIN)
    text = change(cst.parse_module(dedent(source)), sources, places).code
    compile(text, MAIN, "exec")
    return text


def rewrite_files(transformation: Transformation, source: str, **given: str) -> dict[str, str]:
    """Make one change of an application; every file must be valid afterwards."""
    written = dict(transformation(make_sources(source, **given), Places()))
    for path, text in written.items():
        compile(text, path, "exec")
    return written


def leaves_alone(change: ModuleTransformation, source: str, **given: str) -> bool:
    """Tell whether a change finds nothing to do in a module."""
    return rewrite_module(change, source, **given) == dedent(source)
