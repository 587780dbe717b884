"""The routes of the order search, with each parameter in the signature."""

from typing import Annotated, Literal

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import StringConstraints

from .orders import Order, SearchResult, find_order, search_orders

app = FastAPI(title="Order search")

NAMES = {"q", "limit", "offset", "tag", "sort", "include_lines"}
SearchText = Annotated[
    str, StringConstraints(strip_whitespace=True), Query(min_length=1, max_length=50)
]


def refuse_other_names(request: Request) -> None:
    errors = [
        {"type": "unknown", "loc": ("query", name), "msg": "No such parameter.", "input": value}
        for name, value in request.query_params.multi_items()
        if name not in NAMES
    ]
    if errors:
        raise RequestValidationError(errors)


@app.get("/orders/{order_id}")
def read_order(order_id: Annotated[int, Path(gt=0, lt=2**31)]) -> Order:
    order = find_order(order_id)
    if order is None:
        raise HTTPException(404, f"Order {order_id} does not exist.")
    return order


@app.get("/search", dependencies=[Depends(refuse_other_names)])
def search(
    q: SearchText,
    tag: Annotated[list[str] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    offset: Annotated[int, Query(ge=0)] = 0,
    sort: Literal["newest", "oldest", "largest"] = "newest",
    include_lines: bool = False,
) -> SearchResult:
    return search_orders(
        q=q, limit=limit, offset=offset, tag=tag or [], sort=sort, include_lines=include_lines
    )
