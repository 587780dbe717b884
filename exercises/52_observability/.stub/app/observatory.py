"""The routes of the observatory. `seconds` in a query says how long the work takes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, BackgroundTasks, FastAPI, HTTPException, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from . import clock
from .catalogue import find_star
from .reports import report
from .services import Client, ask, keep_image, make_client

Seconds = Annotated[float, Query(ge=0, le=60)]
router = APIRouter()
admin = FastAPI(title="Domes")


class Distance(BaseModel):
    star_id: int
    parsecs: float


class Exposure(BaseModel):
    star_id: int
    seconds: float = Field(ge=0, le=60)


@asynccontextmanager
async def open_observatory(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """Open what the app needs at startup, and close it at shutdown."""
    async with make_client() as client:
        yield {"client": client}


@router.get("/health")
def check_health() -> dict[str, str]:
    clock.work(3)
    return {"status": "ok"}


@router.get("/stars/{star_id}")
def measure_distance(
    star_id: int, seconds: Seconds = 0, neighbours: Annotated[int, Query(ge=0, le=50)] = 0
) -> Distance:
    report("distance asked for", star_id)
    star, *_ = [find_star(star_id + each) for each in range(neighbours + 1)]
    clock.work(seconds)
    if star is None:
        raise HTTPException(404, f"There is no star {star_id}.")
    return Distance(star_id=star_id, parsecs=1 / star.parallax)  # crashes for star 13


@router.get("/nights/{night}/images")
async def stream_images(night: int, client: Client, seconds: Seconds = 0) -> StreamingResponse:
    return StreamingResponse(write_images(client, night, seconds), media_type="text/plain")


async def write_images(client: httpx.AsyncClient, night: int, seconds: float) -> AsyncIterator[str]:
    for number in range(1, 5):
        clock.work(seconds)
        if (night, number) == (13, 3):
            raise RuntimeError("The disk of night 13 is broken.")
        image = await ask(client, f"/nights/{night}/{number}")
        report("image read", f"{night}/{number}")
        yield f"{image}\n"


@router.post("/exposures", status_code=201)
def take_exposure(exposure: Exposure, tasks: BackgroundTasks, client: Client) -> Exposure:
    report("exposure taken", exposure.star_id)
    find_star(exposure.star_id)
    clock.work(exposure.seconds)
    tasks.add_task(develop, client, exposure.star_id)
    return exposure


async def develop(client: httpx.AsyncClient, star_id: int) -> None:
    clock.work(8)
    find_star(star_id)
    await keep_image(client, star_id)
    report("image developed", star_id)


@router.get("/sky/{place}")
async def look_up(place: str, client: Client, seconds: Seconds = 0) -> str:
    report("sky asked for", place)
    find_star(1)
    clock.work(seconds)
    weather = await ask(client, f"/weather/{place}")
    find_star(2)
    report("sky seen", place)
    return weather


@admin.get("/domes/{dome_id}")
async def turn_dome(dome_id: int, seconds: Seconds = 0) -> dict[str, int]:
    report("dome turned", dome_id)
    clock.work(seconds)
    return {"dome_id": dome_id}
