"""The routes of the order search, with the parameters in the constructor of a class."""

from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request
from pydantic import StringConstraints

from .orders import Order, SearchResult, find_order, search_orders

app = FastAPI(title="Order search")
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]


class Search:
    def __init__(
        self,
        request: Request,
        q: Text,
        limit: int = Query(10, ge=1, le=100),
        offset: int = Query(0, ge=0),
        tag: list[str] = Query([]),
        sort: Literal["newest", "oldest", "largest"] = Query("newest"),
        include_lines: bool = Query(False),
    ) -> None:
        self.values: dict[str, Any] = {
            "q": q,
            "limit": limit,
            "offset": offset,
            "tag": tag,
            "sort": sort,
            "include_lines": include_lines,
        }
        for name in request.query_params:
            if name not in self.values:
                error = {"type": "unknown", "loc": ["query", name], "msg": "Unknown parameter"}
                raise HTTPException(422, [error])


@app.get("/orders/{order_id}")
def read_order(order_id: int = Path(ge=1, le=2_147_483_647)) -> Order:
    order = find_order(order_id)
    if order is None:
        raise HTTPException(404, f"Order {order_id} does not exist.")
    return order


@app.get("/search")
def search(search: Annotated[Search, Depends()]) -> SearchResult:
    return search_orders(**search.values)
