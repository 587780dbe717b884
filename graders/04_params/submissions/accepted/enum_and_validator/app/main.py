"""The routes of the order search. What a client may ask stands in `queries`."""

from typing import Annotated

from fastapi import APIRouter, FastAPI, HTTPException, Path, Query

from .orders import Order, SearchResult, find_order, search_orders
from .queries import SearchQuery

router = APIRouter()


@router.get("/orders/{order_id}", response_model=Order)
async def read_order(order_id: int = Path(ge=1, le=2_147_483_647)) -> Order:
    if (order := find_order(order_id)) is None:
        raise HTTPException(404, f"Order {order_id} does not exist.")
    return order


@router.get("/search", response_model=SearchResult)
async def search(query: Annotated[SearchQuery, Query()]) -> SearchResult:
    return search_orders(
        q=query.q,
        limit=query.limit,
        offset=query.offset,
        tag=list(query.tag),
        sort=query.sort.value,
        include_lines=query.include_lines,
    )


app = FastAPI(title="Order search")
app.include_router(router)
