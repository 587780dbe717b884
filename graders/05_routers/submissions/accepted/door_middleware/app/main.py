"""The application: two versions of the same routers behind one door."""

from fastapi import APIRouter, FastAPI

from . import admin, members, profile, reports
from .door import Door

app = FastAPI(title="Swimming club", redirect_slashes=False)
app.add_middleware(Door)

api = APIRouter()
for router in (profile.router, members.router):
    api.include_router(router, prefix="/members", tags=["members"])
api.include_router(reports.router)
api.include_router(admin.router)
for version in ("/api/v1", "/api/v2"):
    app.include_router(api, prefix=version)
