"""The application: it puts the routers together, and says which of them ask for the key."""

from fastapi import APIRouter, Depends, FastAPI

from . import admin, members, profile, reports
from .security import require_key

office_only = [Depends(require_key)]
api = APIRouter()
api.include_router(profile.router, prefix="/members", tags=["members"])
api.include_router(members.router, prefix="/members", tags=["members"])
api.include_router(reports.router)
api.include_router(admin.router, prefix="/admin", tags=["admin"], dependencies=office_only)

app = FastAPI(title="Swimming club", redirect_slashes=False)
app.include_router(api, prefix="/api/v1")
app.include_router(api, prefix="/api/v2", dependencies=office_only)
