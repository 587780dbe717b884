"""The routes of the order desk. They keep no rows themselves: see `database`."""

from collections.abc import Iterator

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import StreamingResponse

from .database import Session
from .models import Customer, CustomerOrders, Order, OrderDetails, OrderDraft
from .security import require_api_key
from .sessions import get_session

app = FastAPI(title="Order desk")
needs_key = [Depends(require_api_key)]


def find_customer(customer_id: int, session: Session = Depends(get_session)) -> Customer:
    customer = session.get_customer(customer_id)
    if customer is None:
        raise HTTPException(404, f"Customer {customer_id} does not exist.")
    return customer


@app.get("/orders/{order_id}", dependencies=needs_key)
def read_order(order_id: int, session: Session = Depends(get_session)) -> OrderDetails:
    order = session.get_order(order_id)
    if order is None:
        raise HTTPException(404, f"Order {order_id} does not exist.")
    return OrderDetails(**order.model_dump(), pieces_per_box=order.count_pieces_per_box())


@app.get("/customers/{customer_id}/orders", dependencies=needs_key)
def list_customer_orders(
    customer: Customer = Depends(find_customer),
    session: Session = Depends(get_session),
) -> CustomerOrders:
    return CustomerOrders(customer=customer.name, orders=session.list_orders(customer.id))


@app.post("/customers/{customer_id}/orders", status_code=201, dependencies=needs_key)
def create_order(
    draft: OrderDraft,
    customer: Customer = Depends(find_customer),
    session: Session = Depends(get_session),
) -> Order:
    order = session.add_order(customer.id, draft)
    if session.count_pieces(customer.id) > customer.limit:
        raise HTTPException(409, f"{customer.name} may order {customer.limit} pieces at most.")
    session.commit()
    return order


@app.get("/exports/orders", dependencies=needs_key)
def export_orders(session: Session = Depends(get_session)) -> StreamingResponse:
    # The session is closed after the last line is sent, not when this function returns.
    return StreamingResponse(write_lines(session), media_type="application/jsonl")


def write_lines(session: Session) -> Iterator[str]:
    for order in session.export_rows():
        yield order.model_dump_json() + "\n"
