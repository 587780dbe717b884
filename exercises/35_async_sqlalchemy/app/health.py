"""Health, written by a colleague. It is a plain `def`, so it runs in one of the app's threads."""

from fastapi import APIRouter

router = APIRouter()


@router.get("/health")
def read_health() -> dict[str, str]:
    return {"status": "ok"}
