"""Runs a snippet and shows what its answers are. Look once you have written down your own."""

import runpy
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException

SNIPPETS = Path(__file__).parent / "snippets"

app = FastAPI(title="Predict the output")


@app.get("/snippets")
def list_snippets() -> list[str]:
    """Give the names of all snippets."""
    return sorted(path.stem for path in SNIPPETS.glob("[a-z]*.py"))


@app.get("/snippets/{name}")
def run_snippet(name: str) -> dict[str, Any]:
    """Run a snippet from its first line and give what its names in capitals stand for."""
    if name not in list_snippets():
        raise HTTPException(404, f"There is no snippet '{name}'.")
    variables = runpy.run_module(f"{__package__}.snippets.{name}")
    return {key: value for key, value in variables.items() if key.isupper()}
