"""The services that the observatory asks: the weather, and the archive of images."""

import os
from typing import Annotated

import httpx
from fastapi import Depends, Request

from .telemetry import get_traceparent


def make_client() -> httpx.AsyncClient:
    """Make the client, one for the whole app."""
    return httpx.AsyncClient(base_url=os.environ.get("UPSTREAM_URL", "http://127.0.0.1:9000"))


async def get_client(request: Request) -> httpx.AsyncClient:
    client: httpx.AsyncClient = request.state.client
    return client


Client = Annotated[httpx.AsyncClient, Depends(get_client)]


async def ask(client: httpx.AsyncClient, path: str) -> str:
    """Ask for the weather of a place, or for an image of a night."""
    response = await client.get(path, headers={"traceparent": get_traceparent()})
    text: str = response.raise_for_status().json()
    return text


async def keep_image(client: httpx.AsyncClient, star_id: int) -> None:
    """Give an image to the archive."""
    headers = {"traceparent": get_traceparent()}
    response = await client.post("/images", headers=headers, json={"star_id": star_id})
    response.raise_for_status()
