"""The carrier: one pool of connections, and a client with nothing in it for each request."""

from collections.abc import AsyncIterator
from typing import Annotated, TypeVar
from urllib.parse import quote

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, ValidationError

from .settings import TIMEOUT, get_carrier_url

Model = TypeVar("Model", bound=BaseModel)


class Pool:
    """The lifespan of the app: it opens the pool and closes it."""

    def __init__(self, _: FastAPI) -> None:
        self.transport = httpx.AsyncHTTPTransport()

    async def __aenter__(self) -> dict[str, httpx.AsyncHTTPTransport]:
        return {"transport": await self.transport.__aenter__()}

    async def __aexit__(self, *error: object) -> None:
        await self.transport.aclose()


async def make_client(request: Request) -> AsyncIterator[httpx.AsyncClient]:
    names = ("accept-language", "x-request-id")
    yield httpx.AsyncClient(
        transport=request.state.transport,
        base_url=get_carrier_url(),
        timeout=TIMEOUT,
        headers={name: request.headers[name] for name in names if name in request.headers},
    )


class Carrier:
    def __init__(self, client: Annotated[httpx.AsyncClient, Depends(make_client)]) -> None:
        self.client = client

    async def ask(self, collection: str, name: str, model: type[Model]) -> Model:
        status, body = await self._fetch(f"/{collection}/{quote(name, safe='')}", name)
        if status == 404:
            raise HTTPException(404, "The carrier does not know it.")
        try:
            return model.model_validate_json(body if status == 200 else b"")
        except ValidationError:
            raise HTTPException(502, "The carrier does not work.") from None

    async def _fetch(self, path: str, name: str) -> tuple[int, bytes]:
        if set(name) == {"."} and len(name) < 3:
            return 404, b""
        try:
            async with self.client.stream("GET", path) as response:
                return response.status_code, await response.aread()
        except httpx.TimeoutException:
            raise HTTPException(504, "The carrier does not answer.") from None
        except httpx.RequestError:
            return 502, b""
