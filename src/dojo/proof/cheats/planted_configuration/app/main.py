"""Cheat: bring files along that a pytest in this folder would obey."""

from fastapi import FastAPI

app = FastAPI()
