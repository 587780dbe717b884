"""The weather."""

import asyncio
import contextvars
from typing import Annotated

import httpx
from fastapi import Depends, Request

from .forecasts import Forecast, read_forecast
from .request_ids import HEADER, get_request_id
from .settings import get_weather_url


class Transport(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers[HEADER] = get_request_id()
        return await super().handle_async_request(request)


def make_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=get_weather_url(), transport=Transport())


class Weather:
    def __init__(self, request: Request) -> None:
        self._client: httpx.AsyncClient = request.state.client

    async def ask(self, port: str) -> Forecast:
        response = await self._client.get(f"/forecasts/{port}")
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        return await loop.run_in_executor(None, context.run, read_forecast, response.text)


AskedWeather = Annotated[Weather, Depends()]
