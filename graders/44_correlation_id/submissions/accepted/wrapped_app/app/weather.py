"""The weather."""

from typing import Annotated

import anyio.to_thread
import httpx
from fastapi import Depends, Request

from .forecasts import Forecast, read_forecast
from .request_ids import get_request_id
from .settings import get_weather_url


def make_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=get_weather_url())


RequestId = Annotated[str, Depends(get_request_id)]


class Weather:
    def __init__(self, request: Request, request_id: RequestId) -> None:
        self._client: httpx.AsyncClient = request.state.client
        self._request_id = request_id

    async def ask(self, port: str) -> Forecast:
        headers = {"X-Request-ID": self._request_id}
        response = await self._client.get(f"/forecasts/{port}", headers=headers)
        return await anyio.to_thread.run_sync(read_forecast, response.text)


AskedWeather = Annotated[Weather, Depends()]
