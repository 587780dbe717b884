"""What only the machines of the house ask."""

from fastapi import APIRouter

from .store import store

router = APIRouter(prefix="/internal", tags=["internal"])


@router.get("/health")
async def check_health() -> dict[str, int]:
    """Count what is kept."""
    return {"rooms": len(store.list_rooms()), "bookings": len(store.list_bookings())}
