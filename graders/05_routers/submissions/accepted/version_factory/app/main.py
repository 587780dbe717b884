"""The application: one function makes a version of the API."""

from typing import Any

from fastapi import APIRouter, Depends, FastAPI

from . import admin, members, reports
from .security import require_key


def make_version(number: int, **settings: Any) -> APIRouter:
    version = APIRouter(prefix=f"/api/v{number}", **settings)
    version.include_router(members.router)
    version.include_router(admin.router)
    version.include_router(reports.router)
    return version


app = FastAPI(title="Swimming club")
app.router.redirect_slashes = False
app.include_router(make_version(1))
app.include_router(make_version(2, dependencies=[Depends(require_key)]))
