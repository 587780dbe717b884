"""The routes of the order search. What a client may send is read by hand, for now."""

from fastapi import FastAPI, HTTPException, Request

from .orders import Order, SearchResult, find_order, search_orders

app = FastAPI(title="Order search")


# TODO 1: take whole numbers in the right range, and refuse the rest.
@app.get("/orders/{order_id}")
async def read_order(request: Request) -> Order:
    order_id = int(request.path_params["order_id"])
    order = find_order(order_id)
    if order is None:
        raise HTTPException(404, f"Order {order_id} does not exist.")
    return order


# TODO 2: take a text and a page that fit.
# TODO 3: take filters and an order that exist.
# TODO 4: refuse every other name, and tell the docs about all of this.
@app.get("/search")
async def search(request: Request) -> SearchResult:
    query = request.query_params
    return search_orders(
        q=query.get("q", ""),
        limit=min(int(query.get("limit", 10)), 100),
        offset=int(query.get("offset", 0)),
        tag=query.get("tag", "").split(","),
        sort=query.get("sort", "newest"),
        include_lines=bool(query.get("include_lines", False)),
    )
