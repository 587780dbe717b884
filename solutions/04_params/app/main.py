"""The routes of the order search: what a client may send is declared, and nothing else passes."""

from typing import Annotated, Literal

from fastapi import FastAPI, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from .orders import Order, SearchResult, find_order, search_orders

HIGHEST_ID = 2_147_483_647

app = FastAPI(title="Order search")

SearchText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]


class Search(BaseModel):
    """The query of a search; a name that does not stand here is refused."""

    model_config = ConfigDict(extra="forbid")

    q: SearchText
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    offset: Annotated[int, Field(ge=0)] = 0
    tag: list[str] = []
    sort: Literal["newest", "oldest", "largest"] = "newest"
    include_lines: bool = False


@app.get("/orders/{order_id}")
async def read_order(order_id: Annotated[int, Path(ge=1, le=HIGHEST_ID)]) -> Order:
    order = find_order(order_id)
    if order is None:
        raise HTTPException(404, f"Order {order_id} does not exist.")
    return order


@app.get("/search")
async def search(query: Annotated[Search, Query()]) -> SearchResult:
    return search_orders(**query.model_dump())
