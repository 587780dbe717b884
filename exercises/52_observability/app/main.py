"""The app: the routes of the observatory, and what we know about its requests."""

from fastapi import FastAPI, Response

from .observatory import admin, open_observatory, router
from .telemetry import measure, write_metrics

app = FastAPI(title="Observatory", lifespan=open_observatory)
app.include_router(router)
app.mount("/admin", admin)
app.middleware("http")(measure)


@app.get("/metrics")
def show_metrics() -> Response:
    return Response(write_metrics(), media_type="text/plain")
