"""Health: the load balancer asks every few seconds, and takes out who does not answer."""

from fastapi import APIRouter

router = APIRouter(prefix="/health")


@router.get("")
async def read_health() -> dict[str, str]:
    return {"status": "ok"}
