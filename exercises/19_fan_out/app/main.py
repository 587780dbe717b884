"""The start page of a shop's members."""

from fastapi import FastAPI

from . import dashboards

app = FastAPI(title="Start page")
app.include_router(dashboards.router)


@app.get("/health")
async def read_health() -> dict[str, str]:
    return {"status": "ok"}
