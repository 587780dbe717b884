"""The orders: a few rows in memory and the search in them. It trusts whatever it is given."""

from decimal import Decimal

from pydantic import BaseModel


class Line(BaseModel):
    """One item of an order."""

    item: str
    pieces: int


class Order(BaseModel):
    """An order; a search leaves out its `lines` unless they are asked for."""

    id: int
    customer: str
    tags: list[str]
    total: Decimal
    lines: list[Line] | None


class Asked(BaseModel):
    """What the search was asked for, as it arrived here."""

    q: str
    limit: int
    offset: int
    tag: list[str]
    sort: str
    include_lines: bool


class SearchResult(BaseModel):
    """One page of the orders that were found, and how many there are on all pages."""

    asked: Asked
    found: int
    orders: list[Order]


def _order(number: int, customer: str, tags: list[str], total: str, **pieces: int) -> Order:
    lines = [Line(item=item.replace("_", " "), pieces=pieces[item]) for item in pieces]
    return Order(id=number, customer=customer, tags=tags, total=Decimal(total), lines=lines)


_ORDERS = [
    _order(1, "Asha Rao", ["gift"], "48.00", green_tea=4, tea_pot=1),
    _order(2, "Harbour Café", ["express", "paid, not sent"], "312.50", black_tea=50),
    _order(3, "Löwen Tea Room", [], "95.20", white_tea=8, tea_towel=4),
    _order(4, "आदित्य", ["gift", "express"], "31.00", black_tea=2, tin=1),
    _order(5, "Harbour Café", ["express"], "95.20", cup=24),
    _order(6, "Tea & Co.", ["gift", "Gift"], "7.90", strainer=1),
]
_SORTS = {
    "newest": lambda order: -order.id,
    "oldest": lambda order: order.id,
    "largest": lambda order: (-order.total, order.id),
}


def find_order(order_id: int) -> Order | None:
    """Find an order by its number, `None` if there is none."""
    return next((order for order in _ORDERS if order.id == order_id), None)


def search_orders(
    *, q: str, limit: int, offset: int, tag: list[str], sort: str, include_lines: bool
) -> SearchResult:
    """Find orders that have all tags and hold `q` in the customer's name or in an item."""
    asked = Asked(q=q, limit=limit, offset=offset, tag=tag, sort=sort, include_lines=include_lines)
    found = [order for order in _ORDERS if set(tag) <= set(order.tags) and _holds(order, q)]
    page = sorted(found, key=_SORTS[sort])[offset : offset + limit]
    if not include_lines:
        page = [order.model_copy(update={"lines": None}) for order in page]
    return SearchResult(asked=asked, found=len(found), orders=page)


def _holds(order: Order, text: str) -> bool:
    words = [order.customer, *(line.item for line in order.lines or ())]
    return any(text.casefold() in word.casefold() for word in words)
