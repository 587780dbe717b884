"""The shop's pages, from an asynchronous client."""

import httpx
from fastapi import FastAPI


async def test_new_shop_has_no_items(shop: FastAPI) -> None:
    async with shop.router.lifespan_context(shop):
        transport = httpx.ASGITransport(shop)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            assert (await client.get("/items")).json() == []
