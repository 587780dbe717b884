"""The app: the observatory in FastAPI, and around it what measures its requests."""

from fastapi import FastAPI

from .observatory import admin, open_observatory, router
from .telemetry import Observer

observatory = FastAPI(title="Observatory", lifespan=open_observatory)
observatory.include_router(router)
observatory.mount("/admin", admin)
app = Observer(observatory)
