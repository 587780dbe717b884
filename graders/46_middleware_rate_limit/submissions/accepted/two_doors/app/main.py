"""The app, with its middleware as a list: the first one is outermost."""

from fastapi import FastAPI
from fastapi.middleware import Middleware
from fastapi.middleware.cors import CORSMiddleware

from . import tides
from .throttle import Throttle

app = FastAPI(
    title="Tide tables",
    lifespan=tides.open_tables,
    middleware=[
        Middleware(
            CORSMiddleware,
            allow_origins=["https://sailing.example.com"],
            expose_headers=["Retry-After"],
        ),
        Middleware(Throttle),
    ],
)
app.include_router(tides.router)
