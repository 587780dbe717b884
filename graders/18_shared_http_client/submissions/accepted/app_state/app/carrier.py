"""The carrier: it knows nothing of HTTP statuses of ours but those in its exceptions."""

import asyncio
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from .settings import TIMEOUT, get_carrier_url

Model = TypeVar("Model", bound=BaseModel)


class CarrierError(Exception):
    status = HTTPStatus.BAD_GATEWAY
    detail = "The carrier does not work."


class UnknownThing(CarrierError):
    status = HTTPStatus.NOT_FOUND
    detail = "The carrier does not know it."


class SilentCarrier(CarrierError):
    status = HTTPStatus.GATEWAY_TIMEOUT
    detail = "The carrier does not answer."


async def drop_cookies(request: httpx.Request) -> None:
    request.headers.pop("cookie", None)


def make_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=get_carrier_url(), timeout=None, event_hooks={"request": [drop_cookies]}
    )


async def ask(
    client: httpx.AsyncClient, path: str, name: str, headers: dict[str, str], model: type[Model]
) -> Model:
    if name in {".", ".."}:
        raise UnknownThing
    try:
        async with asyncio.timeout(TIMEOUT):
            response = await client.get(f"{path}/{quote(name, safe='')}", headers=headers)
    except TimeoutError:
        raise SilentCarrier from None
    except httpx.HTTPError as error:
        raise CarrierError from error
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise UnknownThing
    if response.status_code != HTTPStatus.OK:
        raise CarrierError
    try:
        return model.model_validate(response.json())
    except ValueError as error:
        raise CarrierError from error
