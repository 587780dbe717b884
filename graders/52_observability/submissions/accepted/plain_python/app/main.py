"""The app: the routes of the observatory, and what we know about its requests."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from .observatory import admin, open_observatory, router
from .telemetry import Telemetry, write_metrics

app = FastAPI(title="Observatory", lifespan=open_observatory)
app.include_router(router)
app.mount("/admin", admin)
app.add_middleware(Telemetry)
app.get("/metrics", response_class=PlainTextResponse)(write_metrics)
