"""Traffic of 12_validators: forms and lists with names, addresses, ages and passwords of any kind.

Not sent is what the statement leaves open: signs that are digits to some, addresses that clients do
not send, other ways to write an age.
"""

from typing import Any

from dojo.grader import Draw, Freedom, Request, Traffic, request

Body = dict[str, Any]

PADS = ("", "", " ", "\t \n", "\u00a0\u3000", " " * 120)
NAMES = (
    *("Asha Rao", "o'brien", "DE SOUZA", "आदित्य", "Zoe\u0308 \ufb01ne \u212b", "None", "{x} %s"),
    *("a", "e\u0301" * 50, "👩" * 100, "x" * 99, "Ng\u00a0Li\tWu", '<b>"&amp;"</b>\\', "a@b.in"),
    *("\u200bAsha\ufeff", "Smith, John (Jr.)", "Bell\x07\x00"),
)
DIGITS = "0579२٣৭３𝟗"
NO_NAMES = (
    *("", "\u3000\u00a0", "\n", "x" * 101, "e\u0301" * 51, "👩" * 101, " " * 101),
    *("x" * 5000, " \u200b" * 51),
)
LOCALS = ("asha", "Asha.Rao", "A_B-c+run", "a7", "x" * 30, "None", "ASHA")
DOMAINS = ("club.in", "Club.IN", "my-club.Co.In", "RUN.clubs.COM", "tea.org")
NO_ADDRESSES = (
    *("asha", "asha@", "@club.in", "asha@club", "asha@club@run.in", "asha.club.in", "@", "a@@b.in"),
    *("", "  ", " @club.in ", "asha.rao@club", " asha.rao@CLUB "),
)
AGES = (18, 19, 64, 99, 120, "18", "77", "120")
NO_AGES = (
    *("0", "17", "121", "-20", "119.5", "9" * 5000, "NaN", "inf", "1e999", "", " ", "twenty"),
    *("None", "18,5", "2 0"),
)
NO_NUMBERS = (17.5, 10**30, float("inf"), float("nan"), True, [20])
PASSWORDS = (
    *("x" * 8, "x" * 9, "x" * 127, "x" * 128, "é" * 8, "e\u0301" * 4, "👩" * 128, " " * 8),
    *(" seven7 ", "12345678", "trail 7\n", "\u00a0\u00a0seven\u00a0", "tab\tnew\nline"),
    *("Zoe\u0308 Zoe", "\x00\x07 bell", "password", "e\u0301" * 64, "{0} %s {}"),
)
NO_PASSWORDS = (
    *("x" * 7, "é" * 7, "e\u0301" * 3, "x" * 129, "👩" * 7, " " * 7, "", "x" * 5000),
    *("seven7\u0308", "6\u0301" * 65),
)
LOOK_ALIKE = (
    *(("Zoe\u0308 Zoe\u0308", "Zo\u00eb Zo\u00eb"), ("password", "Password"), ("12345678", "")),
    *(("\ufb01ne fine", "fine fine"), ("12345678", "१२३४५६७८"), ("seven 77 ", "seven 77\u00a0")),
    *(("seven 77", "seven 77\n"), ("seven 77", " seven 77"), ("seven\x0077", "seven\x0078")),
    *(("\ufeffseven 77", "seven 77"), ("x" * 128, "x" * 127 + "y"), ("run away", "run away" * 20)),
)
NO_TEXTS: tuple[Any, ...] = (True, {}, ["Asha Rao"], 1.5, 12345678, [])
OTHER_KEYS: tuple[Body, ...] = (
    *({}, {}, {"id": 7}, {"self": "x", "cls": "y"}, {"Name": "X", "passwordRepeat": "x"}),
    {"form": "{}", "": "", "model_config": "x"},
)
NULL_OR_MISSING = (None, ...)
KEYS = ("name", "email", "age", "password", "password_repeat")


def join(draw: Draw) -> list[Request]:
    """Sign up with whatever fits, and sometimes again with the address in another case."""
    one = form(draw)
    change = draw.choice((str.upper, str.lower, str.swapcase))
    again = form(draw, email=change(one["email"]))
    return [send(one), send(again)] if draw.randint(0, 2) == 0 else [send(one)]


def refuse(draw: Draw) -> list[Request]:
    """Sign up with one field that does not fit, with several, and with no field that fits."""
    faults = list_faults(draw)
    several = dict(draw.sample(faults, draw.randint(2, 4)))
    return [
        send(form(draw, **dict([draw.choice(faults)]))),
        send(form(draw, **several)),
        *[send(form(draw, **draw_no_texts(draw))) for _ in range(2)],
    ]


def mistype(draw: Draw) -> list[Request]:
    """Sign up with two passwords that differ so little that one may not see it."""
    return [send(form(draw, **draw_look_alike(draw))) for _ in range(2)]


def omit(draw: Draw) -> list[Request]:
    """Sign up without something, or with null."""
    keys = draw.sample(KEYS, draw.randint(1, 3))
    return [send(form(draw, **{key: draw.deal(NULL_OR_MISSING) for key in keys}))]


def import_list(draw: Draw) -> list[Request]:
    """Take in rows that fit and rows that do not, and look who is there."""
    rows = [form(draw) for _ in range(6)]
    address, name = f"{draw.word()}@{draw.word()}.in", draw.name()
    rows += [form(draw, email=address, **twice(address))]
    rows += [form(draw, name=name, **twice(f"{name}{name}"))]
    rows += [form(draw, **dict([fault])) for _ in range(3) for fault in list_faults(draw)]
    rows += [form(draw, name=draw_digit(draw)) for _ in range(3)]
    rows += [form(draw, **draw_look_alike(draw)) for _ in range(3)]
    rows += [form(draw, **{draw.choice(KEYS): ...}), form(draw, email=rows[0]["email"].swapcase())]
    texts = [{key: str(value) for key, value in row.items()} for row in rows]
    return [request("POST", "/members/import", body=texts), request("GET", "/members")]


def list_faults(draw: Draw) -> list[tuple[str, str]]:
    """Draw a text that does not fit for each field that has a rule of its own."""
    return [
        ("name", draw.deal(NO_NAMES)),
        ("email", draw.deal(NO_ADDRESSES)),
        ("age", draw.deal(NO_AGES)),
        ("password", draw.deal(NO_PASSWORDS)),
    ]


def draw_digit(draw: Draw) -> str:
    """Draw a name with a digit somewhere in it, or of one digit alone."""
    name = draw.deal(NAMES)[: draw.choice((0, 90))]
    place = draw.randint(0, len(name))
    return f"{draw.deal(PADS)}{name[:place]}{draw.deal(DIGITS)}{name[place:]}{draw.deal(PADS)}"


def draw_no_texts(draw: Draw) -> Body:
    """Draw a JSON value for each field that is no text, and for the age one that is none."""
    return {key: draw.deal(NO_NUMBERS if key == "age" else NO_TEXTS) for key in KEYS}


def draw_look_alike(draw: Draw) -> Body:
    """Draw two passwords that differ; the first of them fits."""
    password, repeated = draw.deal(LOOK_ALIKE)
    return {"password": password, "password_repeat": repeated}


def twice(password: str) -> Body:
    """Give both passwords of a form."""
    return {"password": password, "password_repeat": password}


def form(draw: Draw, **changes: Any) -> Body:
    """Draw a form that fits; `changes` replace or, with `...`, remove keys."""
    spaces = " " * draw.randint(0, 3)
    whole = {
        "name": f"{draw.deal(PADS)}{draw.deal(NAMES)}{draw.deal(PADS)}",
        "email": f"{spaces}{draw.deal(LOCALS)}@{draw.word()}.{draw.deal(DOMAINS)}{spaces}",
        "age": draw.deal(AGES),
        **twice(draw.deal(PASSWORDS)),
        **draw.deal(OTHER_KEYS),
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not ...}


def send(body: Body) -> Request:
    """Write the request of a form."""
    return request("POST", "/members", body=body)


def same_errors(expected: Any, seen: Any) -> bool:
    """Tell whether two lists of errors are at the same places and say what is promised."""
    try:
        wanted, found = (
            {str(each["loc"]): each["msg"] for each in one} for one in (expected, seen)
        )
    except (TypeError, KeyError):
        return False
    return (
        len(seen) == len(expected)
        and wanted.keys() == found.keys()
        and all(same_message(wanted[key], found[key]) for key in wanted)
    )


def same_message(expected: Any, seen: Any) -> bool:
    """Tell whether a message holds the promised words where they are promised."""
    return NO_DIGITS not in str(expected) or NO_DIGITS in str(seen)


NO_DIGITS = "A name has no digits."
OPEN = "`type` and `msg` of an error are up to you"

traffic = Traffic(
    scenes=(join, join, refuse, mistype, omit, import_list),
    freedoms=(
        Freedom(OPEN, "body.detail", same_errors, 422),
        Freedom(OPEN, "body.detail[].type", status=422),
        Freedom(OPEN, "body.detail[].msg", same_message, 422),
        Freedom(OPEN, "body.refused[].errors", same_errors),
        Freedom(OPEN, "body.refused[].errors[].type"),
        Freedom(OPEN, "body.refused[].errors[].msg", same_message),
    ),
    requests=40,
)
