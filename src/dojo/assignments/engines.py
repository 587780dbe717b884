"""Engines: the part of this package that some of its modules need to run somewhere else.

Imports are followed wherever they stand, and so are modules whose names are written in strings,
which are started as programs or loaded later.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
NAME = PACKAGE.name

_MODULE = re.compile(rf"{NAME}(\.\w+)*(?=:|$)")


def collect(roots: Iterable[str], absent: Iterable[str]) -> dict[str, bytes]:
    """Collect the source files that `roots`, modules such as `dojo.commands.check`, need.

    Modules in `absent`, with all below them, are left out even where they are imported. Files that
    the source of a module beside them names come along.
    """
    left_out = [(each, f"{each}.") for each in absent]
    found: dict[Path, ast.Module] = {}
    pending = [path for root in roots for path in _find_files(root)]
    while pending:
        path = pending.pop()
        name = _name(path)
        if path in found or any(name == each or name.startswith(start) for each, start in left_out):
            continue
        found[path] = ast.parse(path.read_bytes())
        for module in _list_modules(path, found[path]):
            pending += _find_files(module)
    files = [*found, *(each for path, tree in found.items() for each in _find_data(path, tree))]
    return {
        f"src/{NAME}/{path.relative_to(PACKAGE).as_posix()}": path.read_bytes()
        for path in sorted(set(files))
    }


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join([NAME, *(part for part in parts if part != "__init__")])


def _find_files(module: str) -> Iterator[Path]:
    """Find the files that Python loads for a module, of its packages too; none if it is none."""
    folder = PACKAGE
    for part in module.split(".")[1:]:
        yield folder / "__init__.py"
        if (folder / f"{part}.py").is_file():
            yield folder / f"{part}.py"
            return
        if not (folder / part / "__init__.py").is_file():
            return
        folder = folder / part
    yield from (path for path in (folder / "__init__.py",) if path.is_file())


def _list_modules(path: Path, tree: ast.Module) -> Iterator[str]:
    """List what a module may load; that a name is a module and no function shows later."""
    here = _name(path).split(".")
    package = here if path.name == "__init__.py" else here[:-1]
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names if each.name.startswith(f"{NAME}."))
            case ast.ImportFrom(module=module, names=names, level=level):
                base = ".".join(package[: len(package) - level + 1]) if level else ""
                start = ".".join(filter(None, (base, module)))
                if start == NAME or start.startswith(f"{NAME}."):
                    yield from (f"{start}.{each.name}" for each in names)
            case ast.Constant(value=str(text)) if found := _MODULE.match(text):
                yield found[0]
                yield f"{found[0]}.__main__"


def _find_data(path: Path, tree: ast.Module) -> Iterator[Path]:
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    for each in path.parent.iterdir():
        if each.is_file() and each.name in texts:
            yield each
