"""The chat service: it hands every connection to the manager and keeps none itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, WebSocket

from .manager import ConnectionManager

manager = ConnectionManager()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Let the manager say goodbye when the service shuts down."""
    yield
    await manager.close()


app = FastAPI(title="Chat", lifespan=lifespan)


@app.get("/rooms")
async def list_rooms() -> dict[str, int]:
    """Say how many members each room has."""
    return manager.count_members()


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str, name: str) -> None:
    """Serve one connection until it ends."""
    await manager.serve(websocket, room, name)
