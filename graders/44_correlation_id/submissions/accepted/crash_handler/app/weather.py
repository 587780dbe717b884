"""The weather."""

from typing import Annotated

import httpx
from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from .forecasts import Forecast, read_forecast
from .request_ids import HEADER
from .settings import get_weather_url


def make_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=get_weather_url())


class Weather:
    def __init__(self, request: Request) -> None:
        self._client: httpx.AsyncClient = request.state.client
        self._headers = {HEADER: request.state.request_id}

    async def ask(self, port: str) -> Forecast:
        response = await self._client.get(f"/forecasts/{port}", headers=self._headers)
        return await run_in_threadpool(read_forecast, response.text)


AskedWeather = Annotated[Weather, Depends()]
