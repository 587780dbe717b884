"""What the tests of the archive do, as routes, so that you can try it. Written by a colleague."""

import logging

from fastapi import APIRouter, Request
from pydantic import BaseModel

from .settings import Settings, get_settings

logger = logging.getLogger("kata.checks")

router = APIRouter(prefix="/checks")


class TestValues(BaseModel):
    """What a test wants to be set. The rest may be as it likes."""

    secret_key: str
    storage_url: str
    page_size: int


@router.put("/settings", status_code=204)
def override_settings(values: TestValues, request: Request) -> None:
    """Override the settings, as a test does before its first request."""
    settings = Settings(**values.model_dump())
    logger.info("repr: %r", settings)
    logger.info("dump: %s", settings.model_dump())
    logger.info("JSON: %s", settings.model_dump_json())
    request.app.dependency_overrides[get_settings] = lambda: settings


@router.delete("/settings", status_code=204)
def restore_settings(request: Request) -> None:
    """End what `override_settings` has begun, as a test does after its last request."""
    request.app.dependency_overrides.clear()
