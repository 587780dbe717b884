"""The app: routes that ask for the limit, and what pages on another origin may read."""

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from . import tides
from .throttle import limit_requests

app = FastAPI(title="Tide tables", lifespan=tides.open_tables)
app.include_router(tides.router, dependencies=[Depends(limit_requests)])
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://sailing.example.com"],
    expose_headers=["Retry-After"],
)
