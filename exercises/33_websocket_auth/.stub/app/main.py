"""The app: orders come in over HTTP and go out over WebSockets."""

from fastapi import FastAPI
from pydantic import BaseModel

from . import live
from .board import board
from .protocol import Order

app = FastAPI(title="Live orders")
app.include_router(live.router)


class Receipt(BaseModel):
    """How many sessions the board has for the shop of an order."""

    listeners: int


@app.post("/orders")
async def take_order(order: Order) -> Receipt:
    return Receipt(listeners=await board.publish(order))
