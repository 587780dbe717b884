"""Traffic of 49_settings: the app is started again and again, and asked what it has read.

Not sent is what the statement leaves open: empty texts, `t`, `y`, `f` and `n` for a flag, and
numbers that are whole and written in another way than with digits.
"""

import re
from typing import Any

import httpx

from dojo.grader import (
    Draw,
    Labs,
    Request,
    Start,
    Step,
    SubmissionError,
    Traffic,
    list_said,
    list_written,
    read_refusal,
    request,
)

Variables = dict[str, str]

ON = ("true", "TRUE", "1", "Yes", "yes", "on", "ON")
OFF = ("false", "False", "0", "no", "NO", "off", "Off")
STAGES = ("dev", "test", "prod")
SIZES = ("1", "2", "17", "99", "100")
KEYS = (
    "kodimane-lupo-rive",
    "lupo-vesaka-tuzi",
    "Zi3%40vesaTULU$#~x y'k=lu",
    "tuvezipo" * 30,
    "schlüssel-für-die-fotos",
    "bHVwbyB2ZXNha2EtdHV6aQ==",
)
SHORT_KEYS = ("hunter2hunter2", "kodimane-lupo-r", "schlüsselwörter")
URLS = (
    "https://files.example/archive",
    "http://10.0.0.7:9000/archive/old",
    "https://files.example/~town/archive%20two",
)
ORIGINS = (
    "https://a.example",
    "https://a.example,https://b.example",
    " https://b.example ,  http://localhost:3000 ",
    ",https://B.example/,,https://a.example,",
    "http://[::1]:8080",
    " , ",
    "",
)
PLACES = ("environment", "file", "both")
SPELLINGS = (str.upper, str.upper, str.lower, str.title)
COMMENTS = ("", "# APP_DEBUG=on", "#APP_STAGE=prod")
NOISE: tuple[Variables, ...] = (
    {"DEBUG": "on", "page_size": "9", "SECRET_KEY": "nobody-reads-this-one"},
    {"APP_WORKERS": "4", "app_": "1", "APP": "x"},
    {"APP_PAGE_SIZES": "9", "APP_DEBUG_": "1", "MY_APP_STAGE": "prod"},
    {"POSTGRES_PASSWORD": "x=y", "ENV_FILE": "other.env", "STAGE": "live"},
)
BAD = tuple(
    {f"APP_{name}": text}
    for name, texts in (
        ("PAGE_SIZE", ("0", "101", "-5", "2.5", "ten")),
        ("STAGE", ("live", "Prod", "dev,test")),
        ("DEBUG", ("maybe", "2", "-1", "truee", "None")),
        (
            "STORAGE_URL",
            ("files.example/a", "ftp://files.example/a", "/archive", "https://", "https://:90/a"),
        ),
        ("SECRET_KEY", SHORT_KEYS),
    )
    for text in texts
)
MISSING = ("APP_SECRET_KEY", "APP_STORAGE_URL")
UNSET = dict.fromkeys(MISSING)
PHOTOS = (1, 64, 120)
ROUTES = ("/photos", "/widget", "/photos/121/link")
READ_KEYS, READ_SIZES = [*KEYS], [*SIZES]
"""Decks of their own: each of them is looked at."""
PLAIN = re.compile(r"[\w:/.,%~=-]+", re.ASCII)
"""What a line of `.env` can hold without a quotation mark."""


def spell(draw: Draw, name: str) -> str:
    """Write the name of a variable in some letter case."""
    return draw.deal(SPELLINGS)(name)


def begin(draw: Draw, values: Variables) -> Start:
    """Start with values, each in one of the places, and with variables that are no setting."""
    environment: Variables = {}
    file: Variables = {}
    for name, value in values.items():
        place = draw.deal(PLACES)
        if place == "file" and PLAIN.fullmatch(value):
            file[spell(draw, name)] = value
            continue
        environment[spell(draw, name)] = value
        if place == "both":
            file[spell(draw, name)] = "overruled"
    lines = [f"{name}={value}" for name, value in (file | draw.deal(NOISE)).items()]
    lines.insert(draw.randint(0, len(lines)), draw.deal(COMMENTS))
    files = {".env": "\n".join(lines) + "\n"} if file else {}
    return Start(UNSET | environment | draw.deal(NOISE), files)


def draw_required(draw: Draw) -> Variables:
    """Draw what must be set."""
    return {"APP_SECRET_KEY": draw.deal(KEYS), "APP_STORAGE_URL": draw.deal(URLS)}


def look(draw: Draw) -> list[Request]:
    """Ask for all settings, and for something that uses them."""
    paths = ("/debug/config", f"/photos/{draw.deal(PHOTOS)}/link", draw.deal(ROUTES))
    return [request("GET", path) for path in paths]


def read(draw: Draw, flag: str) -> list[Step]:
    """Start with a word for the flag and some other settings, and look."""
    values = {"APP_SECRET_KEY": draw.deal(READ_KEYS), "APP_STORAGE_URL": draw.deal(URLS)}
    values |= {"APP_DEBUG": flag, "APP_ALLOWED_ORIGINS": draw.deal(ORIGINS)}
    values["APP_PAGE_SIZE"] = draw.deal(READ_SIZES)
    stage = draw.deal(STAGES)
    if stage != "prod" or flag in OFF:
        values["APP_STAGE"] = stage
    return [begin(draw, values), *look(draw)]


def refuse(draw: Draw, bad: Variables) -> list[Step]:
    """Start with something that is wrong, and perhaps with more that is wrong or missing."""
    values = draw_required(draw)
    match draw.randint(0, 3):
        case 0:
            del values[draw.deal(MISSING)]
        case 1:
            values |= draw.deal(BAD)
    return [begin(draw, values | bad)]


def forget(draw: Draw) -> list[Step]:
    """Start without what must be set, and with the flag in production."""
    one, other = draw_required(draw), draw_required(draw)
    del one[draw.deal(MISSING)], other[draw.deal(MISSING)]
    debug = {"APP_DEBUG": draw.deal(ON), "APP_STAGE": "prod"}
    three = {"APP_DEBUG": draw.deal(ON), "APP_STAGE": "live", "APP_PAGE_SIZE": draw.deal(SIZES)}
    three["APP_PAGE_SIZE"] += "00"
    required = draw_required(draw)
    lines = "".join(f"{name}={draw.deal(URLS)}\n" for name in MISSING)
    return [
        *(begin(draw, each) for each in (one, other, required | debug, required | three, {})),
        Start(required | {"APP_SECRET_KEY": ""}, {".env": lines}),
    ]


def override(draw: Draw) -> list[Step]:
    """Let a test build settings of its own, look, and let it end."""
    names = {"secret_key": draw.deal(KEYS), "storage_url": draw.deal(URLS)}
    body: dict[str, Any] = names | {"page_size": int(draw.deal(SIZES))}
    steps: list[Step] = [begin(draw, draw_required(draw) | {"APP_PAGE_SIZE": draw.deal(SIZES)})]
    steps += [request("PUT", "/checks/settings", body=body), *look(draw), *look(draw)]
    return [*steps, request("DELETE", "/checks/settings"), *look(draw)]


def visit(draw: Draw) -> list[Step]:
    """Start with each word and each mistake, in any order."""
    parts = [read(draw, draw.deal(ON)) for _ in range(5)]
    parts += [read(draw, draw.deal(OFF)) for _ in range(5)]
    parts += [refuse(draw, bad) for bad in BAD]
    parts += [forget(draw), override(draw)]
    return [step for part in draw.sample(parts, len(parts)) for step in part]


PIECES = {key[at : at + 6] for key in (*KEYS, *SHORT_KEYS) for at in range(len(key) - 5)}
"""Parts of keys that nobody may see."""
NAMES = re.compile(
    r"(?<!\w)(?:app_)?(stage|debug|secret_key|storage_url|allowed_origins|page_size)(?!\w)",
    re.IGNORECASE,
)
SHOWN = "a part of a key is shown"


def shows_key(text: str) -> bool:
    """Tell whether a part of a key is in a text."""
    return any(piece in text for piece in PIECES)


def watch(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Look for the key in an answer, and in all that was written so far."""
    return {SHOWN: any(shows_key(text) for _, text in list_said(labs.host, response, 0))}


def watch_refusal(labs: Labs, error: SubmissionError) -> dict[str, Any]:
    """Tell which settings the text of a failed start names, and whether it shows the key."""
    text = read_refusal(error, labs.host)
    named = {name.lower() for name in NAMES.findall(error.message) or NAMES.findall(text)}
    if "debug" in named:  # it may be wrong by the stage, which may be named along with it
        named.discard("stage")
    written = [text, *(each for _, each in list_written(labs.host))]
    return {"it names": sorted(named), SHOWN: any(map(shows_key, written))}


traffic = Traffic(
    scenes=(visit,),
    headers=("content-security-policy",),
    watch=watch,
    watch_refusal=watch_refusal,
    requests=40,
)
