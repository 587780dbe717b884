"""The routes of the exchange office."""

from fastapi import APIRouter, Depends, FastAPI

from .limits import limit_requests
from .users import CurrentUser

router = APIRouter(dependencies=[Depends(limit_requests)])


@router.get("/rates")
async def list_rates() -> dict[str, str]:
    return {"EUR": "1.0000", "INR": "98.4150"}


@router.get("/account")
async def read_account(user: CurrentUser) -> dict[str, str | int]:
    return {"name": user.name, "limit": user.limit}


app = FastAPI(title="Exchange office")
app.include_router(router)


@app.get("/health")
async def read_health() -> dict[str, str]:
    return {"status": "ok"}
