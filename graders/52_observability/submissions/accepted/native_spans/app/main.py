"""The app: FastAPI makes a span of each request, and a processor makes metrics of the spans."""

from fastapi import FastAPI, Response

from .observatory import admin, open_observatory, router
from .telemetry import is_unmeasured, tracer_provider, write_metrics

app = FastAPI(
    title="Observatory",
    lifespan=open_observatory,
    telemetry={
        "tracer_provider": tracer_provider,
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "exclude": is_unmeasured,
    },
)
app.include_router(router)
app.mount("/admin", admin)


@app.get("/metrics")
def show_metrics() -> Response:
    return Response(write_metrics(), media_type="text/plain; version=0.0.4")
