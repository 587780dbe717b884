"""The app: routes, the throttle, and what pages on another origin may read."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from . import tides
from .throttle import Throttle

app = FastAPI(title="Tide tables", lifespan=tides.open_tables)
app.include_router(tides.router)
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://sailing.example.com"],
    expose_headers=["Retry-After"],
)
app.add_middleware(Throttle)
