"""Attack: the given database is replaced by the package beside this file."""

from fastapi import FastAPI

app = FastAPI()
