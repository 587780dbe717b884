"""Attack: whoever copies this folder copies what the link leads to."""

from pathlib import Path

from fastapi import FastAPI

print(Path(__file__).with_name("notes.txt").read_text())
app = FastAPI()
