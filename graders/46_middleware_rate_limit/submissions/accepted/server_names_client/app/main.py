"""The app: routes, the throttle, who is calling, and what pages may read."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from . import tides
from .proxies import PROXIES
from .throttle import Throttle

app = FastAPI(title="Tide tables", lifespan=tides.open_tables)
app.include_router(tides.router)
app.add_middleware(Throttle, free=frozenset({"/health"}))
app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(PROXIES))
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://sailing.example.com"],
    expose_headers=["Retry-After"],
)
