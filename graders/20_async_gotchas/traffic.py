"""Traffic of 20_async_gotchas: customers who come one after the other, and at the same moment.

At the same moment come only those whose answers do not depend on who is first: customers who want
different products, or one who asks for too many. Not sent is what takes an hour, and, what the
statement leaves open, a body that does not fit from somebody whom nobody knows.
"""

from collections.abc import Sequence
from typing import Any

import httpx

from dojo.grader import Draw, Freedom, Labs, Request, Step, Together, Traffic, Warned, request

CUSTOMERS = ("asha", "ben", "carla", "benita", "emil")
STRANGERS = ("mallory", "Asha", "ASHA", "asha ben", "", "x" * 300)
PRODUCTS = ("lamp", "kettle", "lamp", "rug", "kettle", "chair")
NO_PRODUCTS = ("Lamp", " lamp ", "la%6Dp", "lamp\x00", "l\u00e1mp", "x" * 300)
QUANTITIES = (1, 2, 3, 13, 41, 10**20)
BAD: tuple[dict[str, Any], ...] = (
    {"product": "lamp", "quantity": 0},
    {"product": "lamp", "quantity": -1},
    {"product": "lamp", "quantity": 2.5},
    {"product": "lamp", "quantity": None},
    {"product": None},
    {"quantity": 1},
)


def reserve(customer: str, product: str, quantity: int) -> Request:
    """Write a reservation."""
    return send(customer, {"product": product, "quantity": quantity})


def send(customer: str, body: dict[str, Any]) -> Request:
    """Write a reservation with any body; it may crash, since the store has errors."""
    headers = {"X-Customer": customer}
    return request("POST", "/reservations", body=body, headers=headers, crashes=True)


def look(customer: str) -> Request:
    """Ask for a recent list."""
    return request("GET", "/recent", headers={"X-Customer": customer})


def read(product: str) -> Request:
    """Ask what is left of a product."""
    return request("GET", "/products/{}", product)


def visit(draw: Draw) -> list[Step]:
    """Reserve something, and see what is left."""
    product = draw.deal(PRODUCTS)
    wanted = reserve(draw.deal(CUSTOMERS), product, draw.deal(QUANTITIES))
    return [wanted, read(product), look(draw.deal(CUSTOMERS))]


def mistake(draw: Draw) -> list[Request]:
    """Ask for what is not there, as a stranger, and with a body that does not fit."""
    steps = []
    for _ in range(3):
        steps += [
            reserve(draw.deal(CUSTOMERS), draw.deal(NO_PRODUCTS), 1),
            reserve(draw.deal(STRANGERS), draw.deal(PRODUCTS), 1),
            send(draw.deal(CUSTOMERS), draw.deal(BAD)),
        ]
    more = {"customer": "ben", "left": 7}
    steps += [send(draw.deal(CUSTOMERS), {"product": "kettle"} | more)]
    return [*steps, look(draw.choice(STRANGERS)), read(draw.choice(NO_PRODUCTS))]


def meet(draw: Draw) -> list[Step]:
    """Come at the same moment, for different products; one list is asked for by somebody else."""
    first, second, other, reader = draw.sample(CUSTOMERS, 4)
    stranger = draw.word()
    together = [
        reserve(first, "lamp", draw.randint(1, 2)),
        reserve(second, "kettle", draw.randint(1, 2)),
        reserve(other, "rug", 1),
        *[reserve(stranger, "lamp", 2)] * 2,
        look(reader),
        read("chair"),
    ]
    return [Together(draw.sample(together, len(together))), *map(look, (first, second, other))]


def rival(draw: Draw) -> list[Step]:
    """Come at the same moment for the same, one of them for more than there ever was."""
    first, second = draw.sample(CUSTOMERS, 2)
    return [
        Together([reserve(first, "rug", 9), reserve(second, "rug", 1)]),
        read("rug"),
        look(first),
    ]


def watch(labs: Labs, _: httpx.Response) -> dict[str, Any]:
    """Tell which messages were sent so far, and which coroutines were thrown away."""
    sent: dict[str, list[str]] = {}
    for log in labs.host.evidence.logs("kata.notifier", "sent"):
        fields = log.fields
        about = f"{fields.get('number')}: {fields.get('quantity')} of {fields.get('product')}"
        sent.setdefault(str(fields.get("customer")), []).append(about)
    warned = [each.message for each in labs.host.evidence.of(Warned)]
    thrown_away = [each.splitlines()[0] for each in warned if "was never awaited" in each]
    return {"messages so far": sent, "warnings so far": thrown_away}


WORDS = "What a 422 or a 500 says is up to you"
OPEN: Sequence[tuple[str, int]] = (("body", 422), ("body", 500), ("headers.content-type", 500))

traffic = Traffic(
    scenes=(visit, visit, visit, mistake, meet, rival),
    freedoms=[Freedom(WORDS, at, status=status) for at, status in OPEN],
    watch=watch,
    requests=70,  # each scene twice, so each value of each pool
)
