"""Your FastAPI katas. These commands are enough to begin:

    nox -s watch -- 01      grade your work on kata 01 at every save
    nox -s check -- 01      grade it once
    nox -s hint -- 01       get a hint, one step further each time
    nox -s serve -- 01      run your app and try it in the browser
    nox -s list             see all katas and how far you are
    nox -s start            bring new katas and statements; your work stays as it is

What follows `--` goes to the command: `nox -s check -- --help` lists its options.
"""

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
POINTER = HERE / ".dojo" / "repository"
REPOSITORY = Path(POINTER.read_text("utf-8").strip()) if POINTER.is_file() else HERE

if REPOSITORY == HERE or not (REPOSITORY / "noxfile.py").is_file():
    moved = f" They were in '{REPOSITORY}'." if REPOSITORY != HERE else ""
    print(  # noqa: T201
        f"The repository of the katas is not known here.{moved} Go to its folder and run"
        f" `nox -s start -- '{HERE}'`.",
        file=sys.stderr,
    )
    sys.exit(2)
runpy.run_path(str(REPOSITORY / "noxfile.py"))
