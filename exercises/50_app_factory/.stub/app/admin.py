"""The admin app: a part of each pod, by a colleague. It has a lifespan of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException

from .resources import AuditLog, Settings


def create_admin(settings: Settings) -> FastAPI:
    """Make the admin app of one pod."""
    log = AuditLog(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await log.start()
        try:
            yield
        finally:
            await log.stop()

    admin = FastAPI(title="Admin", lifespan=lifespan)

    @admin.get("/log")
    async def read_log() -> list[str]:
        if not log.is_open:
            raise HTTPException(503, "The log of the admin app is not open.")
        return [f"The log of {log.shop} is open."]

    return admin
