"""The carrier: its client is opened when the first request needs it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Annotated, TypeVar

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

from .settings import TIMEOUT, get_carrier_url

UNKNOWN = HTTPException(404, "The carrier does not know it.")
SILENT = HTTPException(504, "The carrier does not answer.")
BROKEN = HTTPException(502, "The carrier does not work.")

Model = TypeVar("Model", bound=BaseModel)


@cache
def get_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=httpx.Timeout(5, read=TIMEOUT, pool=TIMEOUT))


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await get_client().aclose()
    get_client.cache_clear()


def encode(name: str) -> str:
    return "".join(f"%{byte:02X}" for byte in name.encode())


class Carrier:
    def __init__(
        self, request: Request, client: Annotated[httpx.AsyncClient, Depends(get_client)]
    ) -> None:
        self.incoming = request.headers
        self.client = client

    async def ask(self, collection: str, name: str, model: type[Model]) -> Model:
        if name in (".", ".."):
            raise UNKNOWN
        own = [(each, self.incoming.get(each)) for each in ("Accept-Language", "X-Request-Id")]
        self.client.cookies.clear()
        try:
            response = await self.client.get(
                f"{get_carrier_url()}/{collection}/{encode(name)}",
                headers=[(each, value) for each, value in own if value is not None],
            )
        except httpx.RequestError as error:
            raise (SILENT if isinstance(error, httpx.TimeoutException) else BROKEN) from error
        match response.status_code:
            case 200:
                try:
                    return model.model_validate_json(response.text)
                except ValueError as error:
                    raise BROKEN from error
            case 404:
                raise UNKNOWN
            case _:
                raise BROKEN
