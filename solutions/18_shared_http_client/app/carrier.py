"""The carrier: one client for the whole app, and what becomes of the carrier's answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypedDict, TypeVar
from urllib.parse import quote

import httpx
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, ValidationError

from .settings import TIMEOUT, get_carrier_url

PASSED_ON = ("accept-language", "x-request-id")

Model = TypeVar("Model", bound=BaseModel)


class State(TypedDict):
    """What the lifespan gives to every request."""

    client: httpx.AsyncClient


@asynccontextmanager
async def open_client(_: FastAPI) -> AsyncIterator[State]:
    """Open the one client at startup and close it at shutdown."""
    # All callers share this client, so it must not remember what was meant for one of them.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    async with httpx.AsyncClient(
        base_url=get_carrier_url(), timeout=TIMEOUT, cookies=no_cookies
    ) as client:
        yield {"client": client}


class Carrier:
    """Asks the carrier on behalf of one request."""

    def __init__(self, request: Request) -> None:
        self._client: httpx.AsyncClient = request.state.client
        self._headers = {
            name: request.headers[name] for name in PASSED_ON if name in request.headers
        }

    async def ask(self, collection: str, name: str, model: type[Model]) -> Model:
        """Ask for one thing of a collection; what else comes of it is an `HTTPException`."""
        if name in (".", ".."):  # `quote` leaves dots alone, and as segments they mean a folder
            raise HTTPException(404, "The carrier does not know it.")
        path = f"/{collection}/{quote(name, safe='')}"
        try:
            response = await self._client.get(path, headers=self._headers)
        except httpx.TimeoutException:
            raise HTTPException(504, "The carrier does not answer.") from None
        except httpx.RequestError:
            raise HTTPException(502, "The carrier does not work.") from None
        if response.status_code == httpx.codes.NOT_FOUND:
            raise HTTPException(404, "The carrier does not know it.")
        try:
            if response.status_code == httpx.codes.OK:
                return model.model_validate_json(response.content)
        except ValidationError:
            pass
        raise HTTPException(502, "The carrier does not work.")
