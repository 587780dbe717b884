"""Attack: have the grader look for a file under a name that no system takes."""

from pathlib import Path

from fastapi import FastAPI

from .targets import VARIANT, acted

if VARIANT == "module":
    acted("error")
    raise ModuleNotFoundError("No module", name="m" * 300)
path = Path(__file__).with_name("f" * 300)
program = compile("raise ValueError", path, "exec")
app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    acted("error")
    exec(program)
