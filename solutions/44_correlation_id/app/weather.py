"""The weather: a client for the service that knows it, and what is asked."""

import asyncio
from typing import Annotated

import httpx
from fastapi import Depends, Request

from .forecasts import Forecast, read_forecast
from .request_ids import HEADER, get_request_id
from .settings import get_weather_url


async def add_id(request: httpx.Request) -> None:
    request.headers[HEADER] = get_request_id()


def make_client() -> httpx.AsyncClient:
    """Make the client, one for the whole app: `open_desk` opens and closes it."""
    return httpx.AsyncClient(base_url=get_weather_url(), event_hooks={"request": [add_id]})


class Weather:
    def __init__(self, request: Request) -> None:
        self._client: httpx.AsyncClient = request.state.client

    async def ask(self, port: str) -> Forecast:
        """Ask for the forecast of a port."""
        response = await self._client.get(f"/forecasts/{port}")
        return await asyncio.to_thread(read_forecast, response.text)


AskedWeather = Annotated[Weather, Depends()]
