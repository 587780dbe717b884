"""Traffic of 14_order_totals: orders that fit, orders with one fault, and the sales between them.

Not sent is what the statement leaves open: other ways to write a right value, numbers that no float
holds, and two faults at once.
"""

import re
from typing import Any

import httpx

from dojo.grader import Draw, Freedom, Labs, Request, Traffic, request

Body = dict[str, Any]

SKUS = (
    *(
        "clove",
        "Clove",
        "clove ",
        "cafe\u0301",
        "caf\u00e9",
        "ﬁg",
        "fig",
        "null",
        "total",
        "__class__",
    ),
    *("0.30", "-1", " ", "0\n\x07 50%41 👩\u200d🚀", "x" * 3000, '<b>"&amp;"</b>\\', "६", "a.b[0]"),
)
TEXTS = (
    "Quay 4",
    " \t",
    "Zoe\u0308 \u212b",
    "None",
    "x" * 3000,
    "६८/2",
    "<i>&",
    "0",
    "KOCHI",
    "kochi ",
)
CITIES = TEXTS[::-1]
PINCODES = ("000000", "682001", "999999", "012345", "100000")
PRICES = (0, 1, 3, 5, 15, 25, 35, 99, 101, 205, 999, 1005, 100_000, 123_456, 9_999_999, 10_000_000)
PERCENTS = (0, 1, 5, 10, 15, 30, 33, 50, 50, 67, 90, 95, 99, 100)
QUANTITIES = (1, 1, 1, 2, 3, 7, 10, 99, 101, 998, 999)

BAD_ITEMS: tuple[Body, ...] = (
    *({"price": -0.01}, {"price": 100_000.01}, {"price": 0.001}, {"price": "1e-3"}, {"price": ""}),
    *(
        {"price": "1,50"},
        {"price": "₹5"},
        {"price": []},
        {"price": "-Infinity"},
        {"price": "9" * 5000},
    ),
    *({"quantity": "1.5"}, {"quantity": 10**30}, {"quantity": -1}, {"quantity": []}),
    *(
        {"discount": 1.01},
        {"discount": 0.075},
        {"discount": "7%"},
        {"discount": {}},
        {"discount": -1},
    ),
    *(
        {"sku": 7},
        {"sku": ["clove"]},
        {"price": ..., "Price": 5},
        {"totals": None},
        {"id": 1},
        {"total": None},
        {"sku": ..., "SKU": "clove"},
    ),
)
BAD_ADDRESSES: tuple[Body, ...] = (
    *(
        {"pincode": "68２001"},
        {"pincode": "682 001"},
        {"pincode": "682001\r\n"},
        {"pincode": "1e5000"},
    ),
    *(
        {"pincode": "682001682001"},
        {"pincode": "\n682001"},
        {"pincode": 682001.0},
        {"pincode": "①②③④⑤⑥"},
    ),
    *(
        {"street": 4},
        {"city": ["Kochi"]},
        {"pin": "682001"},
        {"country": None},
        {"pincode": ..., "pinCode": "682001"},
    ),
)
BAD_ORDERS: tuple[Body, ...] = (
    *({"ship_to": None}, {"ship_to": {}}, {"ship_to": ["Quay 4"]}, {"ship_to": [None]}),
    *(
        {"items": None},
        {"items": {}},
        {"items": "clove"},
        {"items": [None]},
        {"items": [["clove"]]},
    ),
    *(
        {"shipTo": []},
        {"Total": "0.00"},
        {"discount": 0.1},
        {"order": {}},
        {"total": None},
        {"id": 7},
        {"id": None},
    ),
)
BAD_BODIES = (b"[]", b"null", b'"items"', b"{'items': []}", b"")
JSON = {"content-type": "application/json"}
AMOUNT = re.compile(r'"?-?\d[\d,_]*\.\d+(?:[eE][-+]?\d+)?"?')
RIGHT = re.compile(r'"\d+\.\d\d"')


def buy(draw: Draw) -> list[Request]:
    """Place orders of several items, with and without addresses."""
    addresses = [address(draw) for _ in range(draw.randint(1, 3))]
    return [
        place([item(draw) for _ in range(5)]),
        place([item(draw) for _ in range(4)], ship_to=addresses),
        place([item(draw)], ship_to=[]),
    ]


def buy_much(draw: Draw) -> list[Request]:
    """Place orders of many items, which go to many addresses, and of the same item twice."""
    twin, sku = item(draw, price="0.05", quantity=1, discount=0.1), draw.deal(SKUS)
    twice = place([twin, item(draw, sku=sku), twin, item(draw, sku=sku)])
    home = address(draw)
    many = place(
        [item(draw) for _ in range(120)], ship_to=[home, *[address(draw) for _ in TEXTS], home]
    )
    gift = place([item(draw, price=0)])
    return [twice, many, gift, twice, request("GET", "/sales")]


def refuse(draw: Draw) -> list[Request]:
    """Send orders with one fault each, between values that fit."""
    items = [draw.deal(BAD_ITEMS) for _ in range((len(BAD_ITEMS) + 1) // 2)]
    addresses = [draw.deal(BAD_ADDRESSES) for _ in range((len(BAD_ADDRESSES) + 1) // 2)]
    orders = [draw.deal(BAD_ORDERS) for _ in range((len(BAD_ORDERS) + 1) // 2)]
    return [
        *[place([item(draw), spoil(item(draw), each), item(draw)]) for each in items],
        *[
            place([item(draw)], ship_to=[address(draw), spoil(address(draw), each)])
            for each in addresses
        ],
        *[place(**({"items": [item(draw)]} | each)) for each in orders],
        request("POST", "/orders", content=draw.deal(BAD_BODIES), headers=JSON),
    ]


def spoil(whole: Body, fault: Body) -> Body:
    """Give a body with a fault in it: a value that does not fit or, with `...`, a missing one."""
    return {key: value for key, value in (whole | fault).items() if value is not ...}


def visit(draw: Draw) -> list[Request]:
    """Buy, be refused, buy again, and look at the sales in between."""
    sales = request("GET", "/sales")
    first = [sales] if draw.randint(0, 1) else []
    return [
        *first,
        *buy(draw),
        *refuse(draw),
        sales,
        *buy_much(draw),
        *refuse(draw),
        *buy(draw),
        *buy(draw),
        sales,
    ]


def item(draw: Draw, **changes: Any) -> Body:
    """Draw an item that fits, its discount sometimes left out."""
    percent = draw.deal(PERCENTS)
    discount = {} if percent == 0 and draw.randint(0, 1) else {"discount": number(draw, percent)}
    price = number(draw, draw.deal(PRICES))
    whole = {"sku": draw.deal(SKUS), "quantity": draw.deal(QUANTITIES), "price": price}
    return whole | discount | changes


def number(draw: Draw, hundredths: int) -> Any:
    """Write hundredths as a JSON number or a string."""
    text = f"{hundredths // 100}.{hundredths % 100:02}"
    whole = [hundredths // 100, str(hundredths // 100)] if hundredths % 100 == 0 else []
    return draw.choice((text, float(text), str(float(text)), *whole))


def address(draw: Draw) -> Body:
    """Draw an address that fits."""
    return {
        "street": draw.deal(TEXTS),
        "city": draw.deal(CITIES),
        "pincode": draw.deal(PINCODES),
    }


def place(items: Any, **more: Any) -> Request:
    """Write the request of an order."""
    return request("POST", "/orders", body={"items": items, **more})


def read_amounts(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Find what is no string with two decimals in the bytes: parsed, 0.30 and 0.3 are the same."""
    del labs
    if response.is_error:
        return {}
    found = AMOUNT.findall(response.content.decode("utf-8", "replace"))
    return {"amounts in another form": sorted(each for each in found if not RIGHT.fullmatch(each))}


def name_culprits(expected: Any, seen: Any) -> bool:
    """Tell whether an error is at a place at fault, or further in, and the others around it."""
    try:
        places = [each["loc"] for each in expected]
        named = [each["loc"] for each in seen]
        texts = [each[key] for each in seen for key in ("type", "msg")]
        inside = [each for each in named if any(each[: len(one)] == one for one in places)]
        around = [each for each in named if any(one[: len(each)] == each for one in places)]
        found = bool(inside) and all(each in inside or each in around for each in named)
    except (TypeError, KeyError):
        return False
    return found and all(isinstance(each, str) for each in texts)


traffic = Traffic(
    scenes=(visit,),
    freedoms=(Freedom("Of several faults, one is enough", "body.detail", name_culprits, 422),),
    watch=read_amounts,
    requests=60,
)
