"""The routes of the order desk. They keep no rows themselves: see `database`."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import StreamingResponse

from .database import Session
from .models import Customer, CustomerOrders, Order, OrderDetails, OrderDraft
from .security import require_api_key

app = FastAPI(title="Order desk")
export_session = Session()  # the export takes long, so it keeps a session of its own


def find_customer(customer_id: int) -> Customer:
    session = Session()
    customer = session.get_customer(customer_id)
    if customer is None:
        raise HTTPException(404, f"Customer {customer_id} does not exist.")
    return customer


ApiKey = Annotated[None, Depends(require_api_key)]
FoundCustomer = Annotated[Customer, Depends(find_customer)]


@app.get("/orders/{order_id}")
def read_order(order_id: int, _: ApiKey) -> OrderDetails:
    session = Session()
    order = session.get_order(order_id)
    if order is None:
        raise HTTPException(404, f"Order {order_id} does not exist.")
    details = OrderDetails(**order.model_dump(), pieces_per_box=order.count_pieces_per_box())
    session.close()
    return details


@app.get("/customers/{customer_id}/orders")
def list_customer_orders(customer: FoundCustomer, _: ApiKey) -> CustomerOrders:
    session = Session()
    orders = session.list_orders(customer.id)
    session.close()
    return CustomerOrders(customer=customer.name, orders=orders)


@app.post("/customers/{customer_id}/orders", status_code=201)
def create_order(customer: FoundCustomer, draft: OrderDraft, _: ApiKey) -> Order:
    session = Session()
    try:
        order = session.add_order(customer.id, draft)
        if session.count_pieces(customer.id) > customer.limit:
            raise HTTPException(409, f"{customer.name} may order {customer.limit} pieces at most.")
        session.commit()
    except Exception as error:
        raise HTTPException(500, "The order could not be saved.") from error
    session.close()
    return order


@app.get("/exports/orders")
def export_orders(_: ApiKey) -> StreamingResponse:
    return StreamingResponse(write_lines(export_session), media_type="application/jsonl")


def write_lines(session: Session) -> Iterator[str]:
    for order in session.export_rows():
        yield order.model_dump_json() + "\n"
