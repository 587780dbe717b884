"""Import errors: why a submission cannot be imported, in words, and what to write instead.

It looks only at names: those in the error, and those of the files that were staged.
"""

import difflib
import re
from pathlib import Path, PurePosixPath
from posixpath import commonpath

from .evidence import RaisedError
from .failures import Location, SubmissionError, read_locations

_PACKAGE = "app"
"""The package that every submission is."""

_LEAST_LIKENESS = 0.75
"""How much a name must look like another one to be taken for a slip of the keys, from 0 to 1."""

Modules = dict[PurePosixPath, str]
"""The submission's own modules, such as `app/database`, and the file or folder that each is."""

_NO_PACKAGE = re.compile(r"'[\w.]+' is not a package")


def read_import_error(raw: object, stage: Path, entrypoint: str) -> SubmissionError:
    """Make the error of a submission that could not be imported, from what its process says."""
    try:
        error = RaisedError.model_validate(raw)
    except ValueError:
        return SubmissionError("protocol", "The app's import error cannot be read.")
    locations: tuple[Location, ...] = tuple(reversed(read_locations(error.locations)))
    if error.missing and not locations:  # nobody imports it but we, who look for the application
        message = f"The file '{entrypoint.partition(':')[0].replace('.', '/')}.py' is missing."
    else:
        message = _describe(error, locations[0] if locations else None, stage)
    return SubmissionError("import", message, (), locations)


def _describe(error: RaisedError, importer: Location | None, stage: Path) -> str:
    if error.missing and importer:
        return _describe_missing(error, error.missing, importer, _read_modules(stage))
    if error.type == "SystemExit":
        return (
            "The import of the app ends the program with SystemExit. "
            "Remove the call that ends it, such as `sys.exit()`."
        )
    if error.type == "NotAnApplication":
        return error.message
    return f"The import of the app raises {error}"


def _describe_missing(
    error: RaisedError, missing: str, importer: Location, modules: Modules
) -> str:
    """Say which module is missing: one of the submission's own, or a package from elsewhere."""
    first, _, _ = missing.partition(".")
    parent, _, last = missing.rpartition(".")
    if first == _PACKAGE:
        return _describe_own(error, missing, modules)
    if own := _find_module(modules, importer, first):
        return (
            f"The app imports '{missing}' as an installed package, but it is the app's own "
            f"'{modules[own]}'. Use a relative import: `{_write_import(importer, own)}`."
        )
    if parent:
        return (
            f"The app imports '{missing}', but '{parent}' has no module '{last}'. Check the name."
        )
    if own := _find_near(modules, importer, first):
        return (
            f"The app imports '{missing}', which is not installed here. If you mean the app's own "
            f"'{modules[own]}', use a relative import: `{_write_import(importer, own)}`."
        )
    return (
        f"The app imports '{missing}', which is not installed here. "
        "Check the name. If it is right, remove the import: this kata does not need it."
    )


def _describe_own(error: RaisedError, missing: str, modules: Modules) -> str:
    """Say that the package has no such module, and which one has nearly this name."""
    parent, _, name = missing.rpartition(".")
    if _NO_PACKAGE.search(error.message):
        return (
            f"The app imports '{missing}', but '{parent}' is one file and holds no modules. "
            f"If '{name}' is a name in this file, write `from {parent} import {name}`."
        )
    dotted = [".".join(each.parts) for each in modules]
    near = difflib.get_close_matches(missing, dotted, n=1, cutoff=_LEAST_LIKENESS)
    advice = f"Did you mean '{near[0]}'?" if near else "Check the name."
    return f"The app imports '{missing}', but there is no such module. {advice}"


def _read_modules(stage: Path) -> Modules:
    found: Modules = {}
    for path in sorted(stage.rglob("*.py")):
        file = PurePosixPath(path.relative_to(stage).as_posix())
        module = file.parent if file.name == "__init__.py" else file.with_suffix("")
        found[module] = str(file)
        for folder in module.parents:
            found.setdefault(folder, str(folder))
    return {module: file for module, file in found.items() if module.parts[:1] == (_PACKAGE,)}


def _find_module(modules: Modules, importer: Location, name: str) -> PurePosixPath | None:
    """Find the submission's own module of this name, the one nearest to the importer first."""
    folder = PurePosixPath(importer.file).parent
    own = [each for each in modules if each.name == name and each.parts[1:]]
    return min(own, key=lambda each: -_count_common(folder, each), default=None)


def _find_near(modules: Modules, importer: Location, name: str) -> PurePosixPath | None:
    names = [each.name for each in modules if each.parts[1:]]
    near = difflib.get_close_matches(name, names, n=1, cutoff=_LEAST_LIKENESS)
    return _find_module(modules, importer, near[0]) if near else None


def _count_common(one: PurePosixPath, other: PurePosixPath) -> int:
    return len(commonpath([one, other]).split("/")) if one.parts[:1] == other.parts[:1] else 0


def _write_import(importer: Location, module: PurePosixPath) -> str:
    """Write the import of an own module as the importer can use it."""
    folder = PurePosixPath(importer.file).parent
    common = _count_common(folder, module)
    dots = "." * (len(folder.parts) - common + 1)
    *between, name = module.parts[common:]
    if re.match(rf"import\s+{re.escape(name)}(?![\w.])", importer.code):
        return f"from {dots}{'.'.join(between)} import {name}"
    return f"from {dots}{'.'.join([*between, name])} import …"
