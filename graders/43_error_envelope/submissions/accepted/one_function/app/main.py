"""The app: the routes, and what becomes of errors."""

from fastapi import FastAPI

from . import parcels
from .errors import ANSWERS

app = FastAPI(title="Parcel station", exception_handlers=ANSWERS)
app.include_router(parcels.router)
