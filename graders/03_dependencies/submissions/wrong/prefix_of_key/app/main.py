"""The routes of the order desk. They keep no rows themselves: see `database`."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import StreamingResponse

from .database import Session
from .models import Customer, CustomerOrders, Order, OrderDetails, OrderDraft
from .sessions import RequestSession


def require_api_key(x_api_key: Annotated[str, Header()] = "") -> None:
    if not x_api_key.startswith("demo-key"):
        raise HTTPException(401, "Not authenticated")


# The application's dependencies come before those of a route: no key, no session.
app = FastAPI(title="Order desk", dependencies=[Depends(require_api_key)])


def find_customer(customer_id: int, session: RequestSession) -> Customer:
    customer = session.get_customer(customer_id)
    if customer is None:
        raise HTTPException(404, f"Customer {customer_id} does not exist.")
    return customer


FoundCustomer = Annotated[Customer, Depends(find_customer)]


@app.get("/orders/{order_id}")
def read_order(order_id: int, session: RequestSession) -> OrderDetails:
    order = session.get_order(order_id)
    if order is None:
        raise HTTPException(404, f"Order {order_id} does not exist.")
    return OrderDetails(**order.model_dump(), pieces_per_box=order.count_pieces_per_box())


@app.get("/customers/{customer_id}/orders")
def list_customer_orders(customer: FoundCustomer, session: RequestSession) -> CustomerOrders:
    return CustomerOrders(customer=customer.name, orders=session.list_orders(customer.id))


@app.post("/customers/{customer_id}/orders", status_code=201)
def create_order(customer: FoundCustomer, draft: OrderDraft, session: RequestSession) -> Order:
    order = session.add_order(customer.id, draft)
    if session.count_pieces(customer.id) > customer.limit:
        raise HTTPException(409, f"{customer.name} may order {customer.limit} pieces at most.")
    session.commit()
    return order


@app.get("/exports/orders")
def export_orders(session: RequestSession) -> StreamingResponse:
    # The session is closed after the last line is sent, not when this function returns.
    return StreamingResponse(write_lines(session), media_type="application/jsonl")


def write_lines(session: Session) -> Iterator[str]:
    for order in session.export_rows():
        yield order.model_dump_json() + "\n"
