"""Attack: the plugin beside this file reports every test as passed."""

from fastapi import FastAPI

app = FastAPI()
