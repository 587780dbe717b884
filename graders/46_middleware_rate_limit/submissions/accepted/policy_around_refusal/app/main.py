"""The app: routes, what pages may read, and the throttle around both."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from . import tides
from .throttle import POLICY, Throttle

app = FastAPI(title="Tide tables", lifespan=tides.open_tables)
app.include_router(tides.router)
app.add_middleware(CORSMiddleware, **POLICY)
app.add_middleware(Throttle)
