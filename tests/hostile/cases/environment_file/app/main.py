"""Attack: a .pth file beside the installed packages; this one holds nothing but a comment."""

import contextlib
from pathlib import Path

from fastapi import FastAPI

from .targets import POISON, SITE_PACKAGES, TOKEN, acted

acted("import")
with contextlib.suppress(OSError):
    Path(SITE_PACKAGES, f"witness-{TOKEN}.pth").write_text(f"# {POISON}\n")
app = FastAPI()
