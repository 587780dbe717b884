"""Attack: the code is nothing, the files around it configure whoever tests it."""

from fastapi import FastAPI

app = FastAPI()
