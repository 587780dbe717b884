"""Checks: what the tests of the desk do, as routes, so that it can be tried with `curl`.

They work with `get_settings` and `Page` of `dependencies`, and need no token.
"""

from fastapi import APIRouter, Request

from .config import Settings
from .dependencies import Page, get_settings

router = APIRouter(prefix="/checks")


@router.put("/settings", status_code=204)
def override_settings(settings: Settings, request: Request) -> None:
    """Have the app work with other settings, as a test does."""
    request.app.dependency_overrides[get_settings] = lambda: settings


@router.delete("/settings", status_code=204)
def restore_settings(request: Request) -> None:
    """End what `override_settings` has begun."""
    request.app.dependency_overrides.clear()


@router.get("/page")
def build_page(request: Request) -> dict[str, int]:
    """Build a `Page` from what is in the query by a plain call, as a unit test does."""
    page = Page(**{name: int(value) for name, value in request.query_params.items()})
    return {"offset": page.offset, "size": page.size}
