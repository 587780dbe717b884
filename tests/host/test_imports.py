"""A submission that cannot be imported is described by its own file and line."""

import pytest

from dojo.harness import connections
from dojo.harness.failures import SubmissionError

from ..conftest import OpenSubmission, Submission, fetch


async def refuse(submission: Submission) -> SubmissionError:
    """Open a submission that cannot be opened; give the error."""
    with pytest.raises(SubmissionError) as caught:
        await submission.open()
    return caught.value


async def test_missing_package_is_named(open_submission: OpenSubmission) -> None:
    """A package that is not installed is named, with the line that imports it."""
    error = await refuse(open_submission("import fastapi\nimport apprise\n"))

    assert error.kind == "import"
    assert "'apprise'" in error.message
    assert "not installed" in error.message
    assert [(location.file, location.line) for location in error.where] == [("app/main.py", 2)]


async def test_missing_own_module_is_no_package(open_submission: OpenSubmission) -> None:
    """A misspelt module of the submission itself is not taken for a package."""
    error = await refuse(open_submission("from app.databse import Session\n"))

    assert error.kind == "import"
    assert "app.databse" in error.message
    assert "not installed" not in error.message


OWN_IMPORTS = {
    "from": ("app/main.py", "from database import Session", "from .database import …"),
    "import": ("app/main.py", "import database", "from . import database"),
    "submodule": ("app/main.py", "import database.tables", "from .database import …"),
    "from below": ("app/routes/items.py", "from database import x", "from ..database import …"),
}


@pytest.mark.parametrize("own", ["app/database.py", "app/database/__init__.py"])
@pytest.mark.parametrize(("file", "line", "advice"), OWN_IMPORTS.values(), ids=OWN_IMPORTS)
async def test_own_module_is_no_package(
    open_submission: OpenSubmission, own: str, file: str, line: str, advice: str
) -> None:
    """A module of the app that is imported without its dot is told with the import to write."""
    files = {"app/main.py": "from .routes import items\n", "app/routes/__init__.py": ""}

    error = await refuse(open_submission({**files, own: "", file: f"{line}\n"}))

    assert f"but it is the app's own '{own}'" in error.message
    assert error.message.endswith(f"Use a relative import: `{advice}`.")
    assert "not installed" not in error.message


MISSPELT = {
    "own": ("from .databse import x", "Did you mean 'app.database'?"),
    "own without dot": ("import databse", "use a relative import: `from .database import …`."),
    "own file as package": ("import app.database.x", "write `from app.database import x`."),
    "in a library": ("import json.decode", "but 'json' has no module 'decode'. Check the name."),
}


@pytest.mark.parametrize(("line", "advice"), MISSPELT.values(), ids=MISSPELT)
async def test_misspelt_module_has_advice(
    open_submission: OpenSubmission, line: str, advice: str
) -> None:
    """A module whose name is nearly right is told with the right one."""
    error = await refuse(open_submission({"app/main.py": f"{line}\n", "app/database.py": ""}))

    assert error.message.endswith(advice)


async def test_missing_entrypoint_is_a_missing_file(open_submission: OpenSubmission) -> None:
    """A deleted `app/main.py` is named as a file, not as a module."""
    error = await refuse(open_submission({"app/other.py": ""}))

    assert error.message == "The file 'app/main.py' is missing."


FACTORIES = {
    "function": "def app() -> FastAPI:\n    return made",
    "optional": "def app(debug: bool = False) -> FastAPI:\n    return made",
    "class": "class app:\n    async def __call__(self, *call):\n        await made(*call)",
    "subclass": "class app(FastAPI):\n    pass",
}


@pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)
async def test_factory_is_served(open_submission: OpenSubmission, factory: str) -> None:
    """What makes an application when it is called is called, as by uvicorn."""
    host = await open_submission(
        f"from fastapi import FastAPI\nmade = FastAPI()\n{factory}\n"
    ).open()

    assert (await fetch(host, "/openapi.json")).status_code == 200


async def test_factory_of_nothing_is_told(open_submission: OpenSubmission) -> None:
    """A factory that forgets to return its application is told as that."""
    error = await refuse(open_submission("def app():\n    pass\n"))

    assert "'app'" in error.message
    assert "gives a value of type 'NoneType' when it is called" in error.message


async def test_error_names_all_own_lines(open_submission: OpenSubmission) -> None:
    """An exception at import is told with the submission's lines, the innermost first."""
    files = {
        "app/main.py": "from .prices import app\n",
        "app/prices.py": "def read():\n    return 1 / 0\n\napp = read()\n",
    }

    error = await refuse(open_submission(files))

    assert "ZeroDivisionError: division by zero" in error.message
    locations = [(location.file, location.line, location.code) for location in error.where]
    assert locations == [
        ("app/prices.py", 2, "return 1 / 0"),
        ("app/prices.py", 4, "app = read()"),
        ("app/main.py", 1, "from .prices import app"),
    ]


async def test_syntax_error_has_its_line(open_submission: OpenSubmission) -> None:
    """A syntax error is found where it is written."""
    error = await refuse(open_submission("import fastapi\n\napp = fastapi.FastAPI(\n"))

    assert "SyntaxError" in error.message
    assert (error.where[0].file, error.where[0].line) == ("app/main.py", 3)


async def test_missing_name_is_asked_for(open_submission: OpenSubmission) -> None:
    """A module without the application says which name is missing."""
    error = await refuse(open_submission("import fastapi\napplication = fastapi.FastAPI()\n"))

    assert error.kind == "import"
    assert "no 'app'" in error.message


async def test_application_must_be_callable(open_submission: OpenSubmission) -> None:
    """Something else under the application's name is refused with its type."""
    error = await refuse(open_submission("app = {'routes': []}\n"))

    assert error.kind == "import"
    assert "'dict'" in error.message


@pytest.mark.parametrize("code", ["import sys; sys.exit()", "raise SystemExit(0)", "exit(0)"])
async def test_polite_exit_is_no_import(open_submission: OpenSubmission, code: str) -> None:
    """`sys.exit` while importing is an error, not an end with success."""
    error = await refuse(open_submission(f"{code}\n"))

    assert error.kind == "import"
    assert "SystemExit" in error.message


async def test_rude_exit_is_a_crash(open_submission: OpenSubmission) -> None:
    """`os._exit` while importing is told as the end of the process."""
    error = await refuse(open_submission("import os\nos._exit(0)\n"))

    assert error.kind == "crash"


async def test_segmentation_fault_has_its_line(open_submission: OpenSubmission) -> None:
    """A crash inside C code is told with the submission's line that led there."""
    error = await refuse(open_submission("import ctypes\n\nctypes.string_at(8)\n"))

    assert error.kind == "crash"
    assert (error.where[0].file, error.where[0].line) == ("app/main.py", 3)


async def test_hanging_import_has_its_line(
    open_submission: OpenSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import that never ends is told with the line where it stands."""
    monkeypatch.setattr(connections, "IMPORT_SECONDS", 0.3)

    error = await refuse(open_submission("import threading\n\nthreading.Event().wait()\n"))

    assert error.kind == "hang"
    assert (error.where[0].file, error.where[0].line) == ("app/main.py", 3)


async def test_import_error_is_kept(open_submission: OpenSubmission) -> None:
    """What cannot be imported is imported once, and every later copy gets the same error."""
    submission = open_submission("open('tries.txt', 'a').write('x')\nprice = 1 / 0\n")

    first, second = await refuse(submission), await refuse(submission)

    assert first.message == second.message
    assert (submission.folder.work / "tries.txt").read_text() == "x"


async def test_standard_library_comes_first(open_submission: OpenSubmission) -> None:
    """The learner's `email.py` and `random.py` beside the package replace nothing."""
    files = {
        "email.py": "raise RuntimeError('not the real one')\n",
        "random.py": "raise RuntimeError('not the real one')\n",
        "sitecustomize.py": "raise RuntimeError('looked at')\n",
        "usercustomize.py": "raise RuntimeError('looked at')\n",
        "app/main.py": """
            import email.message, random
            from fastapi import FastAPI
            app = FastAPI()

            @app.get("/")
            def read() -> str:
                return email.message.Message.__name__ + str(random.randint(1, 1))
        """,
    }
    host = await open_submission(files, anew=True).open()

    assert (await fetch(host)).json() == "Message1"


async def test_exception_text_may_be_hostile(open_submission: OpenSubmission) -> None:
    """An exception whose own text cannot be made is still told with its type and line."""
    code = """
        class Sulky(Exception):
            def __str__(self) -> str:
                raise RuntimeError("no")

        raise Sulky
    """

    error = await refuse(open_submission(code))

    assert "Sulky" in error.message
    assert (error.where[0].file, error.where[0].line) == ("app/main.py", 5)
