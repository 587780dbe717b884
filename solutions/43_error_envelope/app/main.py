"""The app: the routes, and what becomes of errors."""

from fastapi import FastAPI

from . import parcels
from .errors import add_error_handlers

app = FastAPI(title="Parcel station")
app.include_router(parcels.router)
add_error_handlers(app)
