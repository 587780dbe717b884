"""Call nox in this folder too: without a name, `nox -s check` grades this kata."""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).resolve().parents[2] / "noxfile.py"))
