"""Grader of 14_order_totals: what an order costs, what it may hold, and what is told about sales.

What is right is counted in whole paisa. Most prices are sent as strings, so that only the first
criterion looks at JSON numbers.
"""

import json
import re
from typing import Any

import httpx

from dojo.grader import Host, Oracle, SeededInputs, criterion, expect

Body = dict[str, Any]
Line = tuple[int, int, int]
"""The quantity of an item, its price in paisa and its discount in percent."""

LESS, MORE = (1, 4, 90), (1, 6, 90)
"""Items of 0.4 and 0.6 paisa: three of them are not three times as much when each is rounded."""

ORDERS, SALES = "/orders", "/sales"
AMOUNTS = re.compile(r'"(?:price|discount|total)"\s*:\s*("[^"]*"|[^\s,}\]]+)')
HALF_UP = "quantity × price × (1 − discount) is rounded once. Half a paisa is rounded up."
PRICE = "`price` is from 0 to 100000 and has at most two decimals."
DISCOUNT = "`discount` is from 0 to 1 and has at most two decimals."
SUM = "The total of an order is the sum of the totals of its items, as the reply shows them."
TWO_DECIMALS = "An amount is a JSON string with exactly two decimals."


def write(hundredths: int) -> str:
    """Write an amount or a discount that is given in hundredths."""
    return f"{hundredths // 100}.{hundredths % 100:02}"


def count(line: Line) -> int:
    """Count the total of an item in paisa."""
    quantity, price, percent = line
    return (quantity * price * (100 - percent) + 50) // 100


def item(inputs: SeededInputs, line: Line = (1, 250, 0), /, **changes: Any) -> Body:
    """Draw an item that fits; `changes` replace or, with `...`, remove keys."""
    quantity, price, percent = line
    whole = {
        "sku": inputs.word(),
        "quantity": quantity,
        "price": write(price),
        "discount": write(percent),
    } | changes
    return {key: value for key, value in whole.items() if value is not ...}


def address(inputs: SeededInputs, **changes: Any) -> Body:
    """Draw an address that fits; `changes` replace or, with `...`, remove keys."""
    pincode = f"0{inputs.randint(0, 99_999):05}"
    whole = {"street": inputs.name(), "city": inputs.name(), "pincode": pincode} | changes
    return {key: value for key, value in whole.items() if value is not ...}


async def place(client: httpx.AsyncClient, host: Host, *items: Body, **more: Any) -> httpx.Response:
    """Place an order; a failure need not show those before it."""
    host.history.clear()
    return await client.post(ORDERS, json={"items": items, **more})


async def expect_refused(
    client: httpx.AsyncClient, host: Host, order: Body, *place: str | int, because: str = ""
) -> None:
    """Expect that an order is a 422 whose errors are all at this place, or further in."""
    host.history.clear()
    refused = await client.post(ORDERS, json=order)
    expect(refused).invalid_within("body", because=because)
    start = ["body", *place]
    for index, error in enumerate(expect(refused).read_json("detail")):
        if error["loc"][: len(start)] != start:
            raise expect(refused).fails(
                f"a 'loc' that begins with {json.dumps(start)}",
                f"'detail[{index}].loc' is {json.dumps(error['loc'])}",
                because,
            )


def expect_written(answer: httpx.Response, *amounts: str) -> None:
    """Expect these amounts in the bytes of a body: once JSON is read, 0.30 and 0.3 are the same."""
    found = AMOUNTS.findall(answer.content.decode("utf-8", "replace"))
    wanted = [f'"{each}"' for each in amounts]
    if sorted(found) != sorted(wanted):
        raise expect(answer).fails(
            f"the amounts {', '.join(wanted)} as they are written here",
            f"the amounts {', '.join(found) or '(none)'}",
            TWO_DECIMALS,
        )


@criterion(task=1)
async def test_amounts_have_two_decimals(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Amounts and discounts are strings with two decimals. Requests may use numbers too."""
    drawn = inputs.price()
    for quantity, price, discount, written in (
        (3, 0.1, ..., ("0.10", "0.00", "0.30")),
        (3, "0.10", 0, ("0.10", "0.00", "0.30")),
        (10, 120, 0.5, ("120.00", "0.50", "600.00")),
        (1, "1200.5", "0", ("1200.50", "0.00", "1200.50")),
        (2, 5, "1", ("5.00", "1.00", "0.00")),
        (1, float(drawn), 0.0, (str(drawn), "0.00", str(drawn))),
    ):
        sent = item(inputs, quantity=quantity, price=price, discount=discount)
        answer = await place(client, host, sent)
        expect(answer).status(201)
        for key, value in zip(("price", "discount", "total"), written, strict=True):
            expect(answer).json_at("items", 0, key, equals=value, because=TWO_DECIMALS)
        expect(answer).json_at("total", equals=written[-1], because=TWO_DECIMALS)
        expect_written(answer, *written, written[-1])


@criterion(task=1)
async def test_half_paisa_goes_up(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """The total of an item is rounded once, to the paisa. Half a paisa is rounded up."""
    odd = 2 * inputs.randint(500, 5000) + 1
    for line in (
        (1, 5, 10),  # 4.5
        (1, 205, 50),  # 102.5, which no float holds
        (1, odd, 50),
        (3, 5, 10),  # 13.5: a price is not rounded for itself
        (7, 103, 33),  # 483.07
        (958, 9_970_165, 15),  # so large that no float with a small addition is right
        (1, 1, 51),  # 0.49
    ):
        answer = await place(client, host, item(inputs, line))
        expect(answer).status(201)
        expect(answer).json_at("items", 0, "total", equals=write(count(line)), because=HALF_UP)


@criterion(task=1)
async def test_order_total_adds_up(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """The total of an order is the sum of the rounded totals of its items."""
    drawn: list[Line] = [  # whole paisa, so that only the sum can be wrong
        (inputs.randint(1, 9), 5 * inputs.randint(20, 1999), inputs.choice((20, 40, 80)))
        for _ in range(3)
    ]
    for lines in ([LESS] * 3, [MORE] * 3, [*drawn, LESS, LESS]):
        twin = item(inputs, lines[-1])
        answer = await place(client, host, *[item(inputs, line) for line in lines[:-2]], twin, twin)
        expect(answer).status(201)
        for index, line in enumerate(lines):
            total = write(count(line))
            expect(answer).json_at("items", index, "total", equals=total, because=TWO_DECIMALS)
        total = write(sum(map(count, lines)))
        expect(answer).json_at("total", equals=total, because=SUM)


@criterion(task=2)
async def test_item_values_are_bounded(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Price, quantity and discount have their limits, and an order has at least one item."""
    for fits in ((1, 0, 0), (999, 10_000_000, 100), (1, 1, 99)):
        expect(await place(client, host, item(inputs, fits))).status(201)
    percent = inputs.randint(2, 99)
    for key, because, values in (
        (
            "price",
            PRICE,
            ("-0.01", "-5", "100000.01", "0.001", "2.505", "NaN", None, inputs.word(), ...),
        ),
        (
            "quantity",
            "`quantity` is a whole number from 1 to 999.",
            (0, -1, 1000, 1.5, None, inputs.word(), ...),
        ),
        (
            "discount",
            DISCOUNT,
            ("-0.01", "1.01", percent, "0.125", "Infinity", None, inputs.word()),
        ),
        ("sku", "`sku` is a text of at least one character.", ("", 5, None, ...)),
    ):
        for value in values:
            order = {"items": [item(inputs), item(inputs, **{key: value})]}
            await expect_refused(client, host, order, "items", 1, key, because=because)
    because = "An order has at least one item."
    await expect_refused(client, host, {"items": []}, "items", because=because)
    await expect_refused(client, host, {}, "items", because=because)


@criterion(task=3)
async def test_pincode_is_six_digits(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """An order goes to a list of addresses, and a pincode is six digits from `0` to `9`."""
    addresses = [address(inputs), address(inputs, pincode="900000")]
    for more, kept in (({"ship_to": addresses}, addresses), ({}, [])):
        answer = await place(client, host, item(inputs), **more)
        expect(answer).status(201).json_at("ship_to", equals=kept)
    number = inputs.randint(100_000, 999_999)
    because = "A pincode is a string of six characters, each of them one of 0 to 9."
    for wrong in ("११०००१", "11000１", "11000²", f"{number}\n", f" {number}", number):
        order = {"items": [item(inputs)], "ship_to": [*addresses, address(inputs, pincode=wrong)]}
        await expect_refused(client, host, order, "ship_to", 2, "pincode", because=because)
    for none in ("11000", "1100011", "11000a", "+11000", "110.01", "", None, ...):
        order = {"items": [item(inputs)], "ship_to": [address(inputs, pincode=none)]}
        await expect_refused(client, host, order, "ship_to", 0, "pincode", because=because)
    for key in ("street", "city"):
        for none in ("", None, ...):
            order = {"items": [item(inputs)], "ship_to": [address(inputs, **{key: none})]}
            await expect_refused(client, host, order, "ship_to", 0, key)


@criterion(task=4)
async def test_total_is_read_only(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """A total in a request is refused. The document of the API says that it is read-only."""
    because = "The app computes the total. A request with it is refused, like any unknown key."
    word = inputs.word()
    for key, value in (("total", "2.50"), ("id", 1), (word, None)):
        order = {"items": [item(inputs)], key: value}
        await expect_refused(client, host, order, key, because=because)
    for key in ("total", word):
        order = {"items": [item(inputs), item(inputs, **{key: "2.50"})]}
        await expect_refused(client, host, order, "items", 1, key, because=because)
        order = {
            "items": [item(inputs)],
            "ship_to": [address(inputs, pincode="682001", **{key: "2.50"})],
        }
        await expect_refused(client, host, order, "ship_to", 0, key, because=because)
    host.history.clear()
    answer = await client.get("/openapi.json")
    for side, path, total in (
        ("the reply", ("responses", "201"), True),
        ("the request body", ("requestBody",), False),
    ):
        content = ("paths", ORDERS, "post", *path, "content", "application/json", "schema")
        order_fields = read_fields(answer, expect(answer).read_json(*content))
        items = order_fields.get("items")
        fields = read_fields(answer, items.get("items") if isinstance(items, dict) else None)
        for name, found in (("an order", order_fields), ("an item", fields)):
            expect_read_only(answer, f"{name} in {side}", found, total)


def read_fields(answer: httpx.Response, schema: Any) -> Body:
    """Give the properties of a schema, wherever the document keeps it."""
    for _ in range(5):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str):
            break
        schema = expect(answer).read_json(*reference.removeprefix("#/").split("/"))
    fields = schema.get("properties") if isinstance(schema, dict) else None
    return fields if isinstance(fields, dict) else {}


def expect_read_only(answer: httpx.Response, name: str, fields: Body, total: bool) -> None:
    """Expect that a schema has a `total` that is only read, or none at all."""
    found = fields.get("total")
    if not total and found is not None:
        raise expect(answer).fails(f"no 'total' for {name}", f"the 'total' {json.dumps(found)}")
    if total and not (isinstance(found, dict) and found.get("readOnly") is True):
        listed = ", ".join(fields) or "(none)"
        seen = f"the fields {listed}" if found is None else f"the 'total' {json.dumps(found)}"
        raise expect(answer).fails(f"a 'total' with 'readOnly' for {name}", seen)


@criterion(task=4)
async def test_sales_are_exact(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """The sales are the sums of the totals, written as amounts, also before any order."""
    empty = {"orders": 0, "total": "0.00", "by_sku": {}}
    expect(await client.get(SALES)).status(200).json(empty, TWO_DECIMALS)
    one, other, free = inputs.word(), f"_sa{inputs.word()}", inputs.word()
    tenth = (3, 10, 0)
    placed = (
        ((one, MORE), (other, tenth)),
        ((one, MORE), (one, MORE)),
        ((other, tenth), (free, (1, 1, 99))),
    )
    by_sku = dict.fromkeys((one, other, free), 0)
    for lines in placed:
        for sku, line in lines:
            by_sku[sku] += count(line)
        items = [item(inputs, line, sku=sku) for sku, line in lines]
        await client.post(ORDERS, json={"items": items})
    sales = {
        "orders": len(placed),
        "total": write(sum(by_sku.values())),
        "by_sku": {sku: write(total) for sku, total in by_sku.items()},
    }
    expect(await client.get(SALES)).status(200).json(
        sales, "The sales are the sums of the totals in the answers."
    )


@criterion(task=4)
async def test_any_order_is_billed_right(oracle: Oracle) -> None:
    """Any order is billed or refused correctly, and the sales include it."""
    await oracle.compare()
