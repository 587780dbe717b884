"""The routes of the tide tables. They know nothing of limits.

When the app starts and stops, that is reported to the logger `kata.tides`.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import mean

from fastapi import APIRouter, FastAPI, HTTPException, WebSocket

logger = logging.getLogger("kata.tides")

router = APIRouter()

_levels: dict[str, list[int]] = {"brest": [212, 640], "cadiz": [88, 310], "dover": []}


@asynccontextmanager
async def open_tables(_: FastAPI) -> AsyncIterator[None]:
    logger.info("opened")
    yield
    logger.info("closed")


@router.get("/health")
async def read_health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/tides/{harbour}")
async def list_levels(harbour: str, first: int = 0) -> list[int]:
    if harbour not in _levels:
        raise HTTPException(404, f"There is no harbour {harbour}.")
    return _levels[harbour][first:]


@router.get("/tides/{harbour}/mean")
async def read_mean(harbour: str) -> float:
    return mean(await list_levels(harbour))


@router.websocket("/live")
async def answer_harbours(websocket: WebSocket) -> None:
    await websocket.accept()
    async for harbour in websocket.iter_text():
        await websocket.send_json(_levels.get(harbour, []))
