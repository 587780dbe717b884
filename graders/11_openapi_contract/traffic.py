"""Traffic of 11_openapi_contract: rooms and bookings at both doors, which share one house.

Not asked for is the document itself: what it says is a matter of the criteria.
"""

from typing import Any

from dojo.grader import Draw, Freedom, Request, Traffic, request

Body = dict[str, Any]
Headers = dict[str, str]

DOORS = ("", "/public")
STAFF = {"X-Key": "demo-key"}
KEYS: tuple[Headers, ...] = (
    *(STAFF,) * 4,
    *({}, {"X-Key": ""}, {"X-Key": "Demo-Key"}, {"X-Key": "demo-keys"}, {"Authorization": "x"}),
)
CODES = ("A1", "A2", "B0", "Z9", "C3", "D4", "E5", "F6")
STRANGE = ("a1", "A11", "%", " A1", "\u0410\u0031", "A\u0967", "A1\n", "None", "x" * 3000, "A/1")
SEATS: tuple[Any, ...] = (1, 200, 12, "7", 8.0, ...)
NO_SEATS: tuple[Any, ...] = (0, 201, -1, 8.5, "many", None, True, [8])
EQUIPMENT: tuple[Any, ...] = ([], ["piano", "piano"], ["", "Zoe\u0308 <b>"], ["आदित्य"], ...)
OUT_OF_BOUNDS = (0, 201)
"""Dealt whole in each sequence, as is a note of one letter too many."""
NO_EQUIPMENT: tuple[Any, ...] = ("piano", None, [1], {"0": "piano"}, [None])
DAYS = ("2026-12-24", "2024-02-29", "0001-01-01", "9999-12-31", "2026-12-24T00:00:00")
NO_DAYS: tuple[Any, ...] = (
    "24.12.2026",
    "2026-02-29",
    "",
    None,
    "2026-12-24T10:00:00",
    "tomorrow",
    [],
)
NOTES: tuple[Any, ...] = (
    "",
    "x" * 80,
    "👩" * 80,
    " two  spaces ",
    "Zoe\u0308 \x00",
    '{"a": "%s"}',
    ...,
)
NO_NOTES: tuple[Any, ...] = ("x" * 81, None, 7, ["x"])
NUMBERS: tuple[Any, ...] = (0, -1, 1, 2, 3, 7, 10**30, "01", "1.0", "x", "%20", "1e3")
NO_ROOMS: tuple[Any, ...] = ({}, {"seats": 8}, [], "A1", None)
NO_BOOKINGS: tuple[Any, ...] = ({}, {"room": "A1"}, {"day": "2026-12-24"}, [{}])
OTHER_KEYS: tuple[Body, ...] = ({}, {}, {"number": 7, "confirmed": True}, {"Code": "A1", "id": 1})


def add_rooms(draw: Draw) -> list[Request]:
    """Add rooms that fit and others that do not, and look up what there is by either route."""
    fitting = [draw_room(draw) for _ in range(3)]
    wrong: Body = draw.choice(
        ({"seats": draw.deal(NO_SEATS)}, {"equipment": draw.deal(NO_EQUIPMENT)}, {"code": None})
    )
    return [
        *(send(draw, "/rooms", room, STAFF) for room in fitting),
        send(draw, "/rooms", {"code": draw.deal(CODES), **wrong}, draw.deal(KEYS)),
        send(draw, "/rooms", {"code": draw.deal(STRANGE)}, draw.deal(KEYS)),
        send(draw, "/rooms", {"code": "B0", "seats": draw.deal(OUT_OF_BOUNDS)}, STAFF),
        request("GET", draw.deal(DOORS) + "/rooms/{}", fitting[0]["code"]),
        request("GET", draw.deal(DOORS) + "/room/{}", draw.deal(CODES)),
    ]


def look_up(draw: Draw) -> list[Request]:
    """Look up rooms that nobody has, or nobody can have, and what the machines ask."""
    return [
        request("GET", draw.deal(DOORS) + "/rooms/{}", draw.deal(STRANGE)),
        request("GET", draw.deal(DOORS) + "/room/{}", draw.deal(STRANGE)),
        request("GET", draw.deal(DOORS) + "/internal/health"),
    ]


def book(draw: Draw) -> list[Request]:
    """Book rooms that are there or not, one day twice, and with something that does not fit."""
    first, second = draw_booking(draw), draw_booking(draw)
    again = first | {"note": "Once more."}
    wrong: Body = draw.choice(
        ({"day": draw.deal(NO_DAYS)}, {"note": draw.deal(NO_NOTES)}, {"room": None}, {"room": 1})
    )
    return [
        *(send(draw, "/bookings", each) for each in (first, second, again)),
        send(draw, "/bookings", {"room": "A1", "day": "2026-12-25", **wrong}),
    ]


def confirm(draw: Draw) -> list[Request]:
    """Confirm by the link and by the button, and list all bookings."""
    path = draw.deal(DOORS) + "/bookings/{}/confirm"
    return [
        request(draw.choice(("GET", "POST")), path, draw.deal(NUMBERS)),
        request("GET", path, draw.randint(1, 3)),
        request("POST", path, draw.randint(1, 3)),
        request("GET", draw.deal(DOORS) + "/bookings", headers=draw.deal(KEYS)),
    ]


def leave_out(draw: Draw) -> list[Request]:
    """Send bodies without what is required, that are no objects, or with too long a note."""
    return [
        send(draw, "/rooms", draw.choice(NO_ROOMS), draw.deal(KEYS)),
        send(draw, "/bookings", draw.choice(NO_BOOKINGS)),
        send(draw, "/bookings", {"room": "A1", "day": "2026-12-25", "note": "x" * 81}),
    ]


def draw_room(draw: Draw) -> Body:
    """Draw a room that fits."""
    room = {"code": draw.deal(CODES), "seats": draw.deal(SEATS), "equipment": draw.deal(EQUIPMENT)}
    return {key: value for key, value in room.items() if value is not ...} | draw.deal(OTHER_KEYS)


def draw_booking(draw: Draw) -> Body:
    """Draw a booking that fits, of a room that is there or not."""
    booking = {"room": draw.choice(CODES[:4]), "day": draw.deal(DAYS), "note": draw.deal(NOTES)}
    whole = {key: value for key, value in booking.items() if value is not ...}
    return whole | draw.deal(OTHER_KEYS)


def send(draw: Draw, path: str, body: Any, headers: Headers | None = None) -> Request:
    """Send a body to one of the doors."""
    return request("POST", draw.deal(DOORS) + path, body=body, headers=headers or {})


traffic = Traffic(
    scenes=(add_rooms, look_up, book, book, confirm, leave_out),
    freedoms=(Freedom("What a 422 says in its body", "body", status=422),),
    requests=78,
)
