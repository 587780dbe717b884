"""Attack: whoever walks through this folder walks through all others."""

from fastapi import FastAPI

app = FastAPI()
