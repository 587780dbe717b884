"""The weather: a client for the service that knows it, and what is asked."""

import asyncio
from typing import Annotated

import httpx
from fastapi import Depends, Request

from .forecasts import Forecast, read_forecast
from .settings import get_weather_url


def make_client() -> httpx.AsyncClient:
    """Make the client, one for the whole app: `open_desk` opens and closes it."""
    return httpx.AsyncClient(base_url=get_weather_url())


class Weather:
    """Asks the weather service on behalf of one request."""

    def __init__(self, request: Request) -> None:
        self._client: httpx.AsyncClient = request.state.client

    async def ask(self, port: str) -> Forecast:
        """Ask for the forecast of a port."""
        response = await self._client.get(f"/forecasts/{port}")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, read_forecast, response.text)


AskedWeather = Annotated[Weather, Depends()]
