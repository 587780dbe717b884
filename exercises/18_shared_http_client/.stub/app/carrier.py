"""The carrier: what it is asked, and what becomes of its answers."""

from typing import TypeVar

import httpx
from fastapi import Request
from pydantic import BaseModel

from .settings import get_carrier_url

Model = TypeVar("Model", bound=BaseModel)


class Carrier:
    """Asks the carrier on behalf of one request."""

    def __init__(self, request: Request) -> None:
        # TODO 3: the carrier gets everything that the caller sent, tokens too.
        self._headers = dict(request.headers)

    async def ask(self, collection: str, name: str, model: type[Model]) -> Model:
        """Ask for one thing of a collection."""
        # TODO 1: each call opens a client of its own, and a connection with it.
        async with httpx.AsyncClient(timeout=None, follow_redirects=True) as client:
            # TODO 2: `name` is whatever the caller sent.
            url = f"{get_carrier_url()}/{collection}/{name}"
            response = await client.get(url, headers=self._headers)
        # TODO 4: nobody asks whether this is an answer.
        return model.model_validate(response.json())
