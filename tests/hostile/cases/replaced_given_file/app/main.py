"""Attack: overwrite a given file while it is imported, for copies that import it again."""

import contextlib
import threading
from pathlib import Path

from fastapi import FastAPI

from .targets import acted

threading.Thread(target=threading.Event().wait, daemon=True).start()
acted("import")
with contextlib.suppress(OSError):
    Path(__file__).with_name("database.py").write_text("raise SystemExit('replaced')\n")
app = FastAPI()
