"""The protocol of `/live`: its name, its limits and its frames. It decides nothing itself."""

from typing import Literal

from pydantic import BaseModel

SUBPROTOCOL = "orders.v1"
"""The one subprotocol that the server speaks."""

TOKEN_PREFIX = "bearer."
"""What stands before a token that is offered as a subprotocol."""

ALLOWED_ORIGINS = frozenset(("https://orders.bakery.example", "http://localhost:5173"))
"""The pages that may open a session in a browser."""

TOKEN_EXPIRED = 4401
"""The close code for a token that was good and is not any more."""


class Subscribe(BaseModel):
    """What a client sends: it wants the orders of a shop."""

    type: Literal["subscribe"]
    shop: str


class Subscribed(BaseModel):
    """The answer to a client that gets the orders of this shop from now on."""

    type: Literal["subscribed"] = "subscribed"
    shop: str


class Problem(BaseModel):
    """The answer to any other frame."""

    type: Literal["error"] = "error"
    code: Literal["invalid", "forbidden"]


class Order(BaseModel):
    """An order, as it is taken in a shop and shown on its screens."""

    type: Literal["order"] = "order"
    shop: str
    item: str
