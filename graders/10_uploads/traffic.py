"""Traffic of 10_uploads: forms and archives of any kind, and in the end more than there is room.

Each request has one fault at most, because of several any may be told. While faults are sent the
storage is nearly empty: whoever writes before it looks has room to.
"""

import io
import re
import warnings
import zipfile
from typing import Any

from dojo.grader import Draw, Freedom, Request, Traffic, request

Files = list[tuple[str, bytes]]

KIB = 1024
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
BOUNDARY = "X-katas"
HEADERS = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
TYPES = ("image/png", "image/jpeg", "application/octet-stream", "text/html", "", "IMAGE/PNG; x=y")
NAMES = (
    *("crack.png", "a.PNG", "Zoe\u0308 \u212b.png", "50%41 100%.png", "x" * 101, "é" * 99 + ".png"),
    *(
        "..x",
        "...",
        "x..",
        ".htaccess",
        "a b  c",
        " ",
        " x ",
        "<b>&amp;</b>",
        "👩\u200d🚀.png",
        "~",
    ),
    *("../../../etc/passwd", "C:/x/y.png", "a\\b/c.png", "a/b\\c.png", "//x", "/.x", "../..x"),
    *(
        "\x01a\x1bb\x7f.png",
        "a\u00a0b\u2028c.png",
        "\x07" * 120 + "end",
        "x" * 99 + "\x07yz",
        "NUL",
    ),
    *("\u0301", "a;b=c.png", "a=b", "x'y", "None", "a.png.exe", "\ufeffa", "e\u0301" * 60),
)
NO_NAMES = ("..", ".", "x/y/", "a\\.", "\u200b", "x/.\x07.", "\u202e\x1b")
CONTENTS = (
    *(PNG, JPEG, PNG + b"x", JPEG + b"\x00", JPEG + PNG, PNG * 3, PNG + b"\r\n--\r\n"),
    PNG + bytes(range(256)),
)
LARGER = (
    *(JPEG.ljust(5000, b"\n"), PNG.ljust(65536, b"a"), JPEG.ljust(65537, b"b")),
    *(PNG + b"PK\x05\x06", PNG.ljust(131072, b"c")),
)
NO_PHOTOS = (
    *(b"", b"GIF89a", b"%PDF-1.7", b"<svg/>", b"\x89", b"\xff", b"\x89PNG\n\x1a\n" + b"x"),
    *(PNG[:4] + b"x" * 9, b"\xff\xd8\xfe\xff", JPEG[:2] + b"\x00", b"\n" + PNG, PNG.lower()),
    *(b"\xef\xbb\xbf" + PNG, b"x" + JPEG, b"PNG", b"\x00" + JPEG),
)
TEXTS: tuple[str | None, ...] = (
    *(
        None,
        None,
        "",
        " ",
        " two  spaces ",
        "x" * 200,
        "e\u0301" * 100,
        "👩" * 200,
        "null",
        "50%41",
    ),
    *("a\r\nb\n", "\t", "\x00\x07", "<b>&amp;</b>", "é" * 199, " " * 200, "a+b=c&d", "Zoe\u0308"),
)
NO_TEXTS = ("x" * 201, "e\u0301" * 101, " " * 201, "x" * 5000)
FOLDERS = ("", "", "rooms/", "a/b/", "..x/", "rooms\\", "a..b/", "./", "a//", "...x/")
NO_PATHS = ("../x.png", "a/..\\x.png", "./../x.png", "a/b/../../../x.png", "//x.png", "..\\x")
COUNTS = (1, 2, 5, 19, 20)


def form(path: str, parts: list[tuple[str, str | None, bytes, str]]) -> Request:
    """Write a form; a part without a name is a text."""
    body = b""
    for field, name, content, media_type in parts:
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"'.encode()
        if name is not None:
            body += f'; filename="{name}"'.encode()
        body += f"\r\nContent-Type: {media_type}".encode() if media_type else b""
        body += b"\r\n\r\n" + content + b"\r\n"
    content = body + f"--{BOUNDARY}--\r\n".encode()
    return request("POST", path, content=content, headers=HEADERS)


def send(draw: Draw, files: Files, text: str | None = None) -> Request:
    """Write the form of some photos, with a description before or behind them."""
    parts: list[tuple[str, str | None, bytes, str]] = [
        ("files", name, content, draw.deal(TYPES)) for name, content in files
    ]
    if text is not None:
        place = draw.choice((0, len(parts)))
        parts.insert(place, ("description", None, text.encode(), ""))
    return form("/photos", parts)


def pack(files: Files, method: int = zipfile.ZIP_DEFLATED, pad: int = 0) -> bytes:
    """Pack an archive; `pad` is the length of a comment behind its entries."""
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", method) as archive:
        warnings.simplefilter("ignore")  # two entries of the same name are two photos
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, method)
        archive.comment = b"-" * pad
    return packed.getvalue()


def send_album(draw: Draw, content: bytes) -> Request:
    """Write the form of an archive; neither its name nor its type says what it is."""
    name = draw.choice(("album.zip", "x", "../x.png"))
    return form("/albums", [("archive", name, content, draw.deal(TYPES))])


def draw_files(draw: Draw, number: int) -> Files:
    """Draw small photos."""
    return [(draw.word(), draw.choice((PNG, JPEG)) + draw.word().encode()) for _ in range(number)]


def take_in(draw: Draw) -> list[Request]:
    """Send photos of all names, contents and descriptions."""
    steps = []
    for number in (1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3):
        files = [(draw.deal(NAMES), draw.deal(CONTENTS)) for _ in range(number)]
        steps.append(send(draw, files, draw.deal(TEXTS)))
    files = [(draw.word(), content) for content in LARGER]
    return [
        *steps,
        send(draw, files[:3], draw.deal(TEXTS)),
        send(draw, files[3:], draw.deal(TEXTS)),
    ]


def refuse(draw: Draw) -> list[Request]:
    """Send photos of which one is at fault, at any place among them."""
    faults = [(draw.word(), draw.deal(NO_PHOTOS)) for _ in NO_PHOTOS[2:]]
    faults += [(draw.deal(NO_NAMES), PNG) for _ in NO_NAMES]
    steps = []
    for fault in faults:
        files = draw_files(draw, draw.randint(0, 2))
        files.insert(draw.randint(0, len(files)), fault)
        steps.append(send(draw, files, draw.choice((None, draw.word()))))
    return [
        *steps,
        send(draw, draw_files(draw, 4)),
        send(draw, [], draw.word()),
        *[send(draw, draw_files(draw, 1), draw.deal(NO_TEXTS)) for _ in NO_TEXTS],
    ]


def take_albums_in(draw: Draw) -> list[Request]:
    """Send archives with paths and names of all kinds, some of them several times."""
    steps = []
    for count in COUNTS:
        files = draw_files(draw, count)
        files = [(draw.deal(FOLDERS) + draw.deal(ENTRY_NAMES), each) for _, each in files]
        files.insert(draw.randint(0, count), (f"{draw.word()}/", b""))
        method = draw.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
        steps.append(send_album(draw, pack(files, method, draw.choice((0, 9)))))
    return steps


def refuse_albums(draw: Draw) -> list[Request]:
    """Send archives of which one entry is at fault, or all of it."""
    faults = [(draw.deal(NO_PATHS), PNG) for _ in NO_PATHS]
    faults += [(draw.word(), draw.deal(NO_PHOTOS)) for _ in range(2)]
    faults += [(draw.choice(NO_NAMES[4:]), PNG), (draw.word(), PNG.ljust(256 * KIB + 1))]
    albums = []
    for fault in faults:
        files = draw_files(draw, draw.randint(0, 3))
        files.insert(draw.randint(0, len(files)), fault)
        albums.append(pack(files))
    whole = pack([*draw_files(draw, 2), (draw.word(), PNG.ljust(300, b"."))], zipfile.ZIP_STORED)
    albums.append(whole.replace(b"....", b".,..", 1))
    albums += [b"", b"PK", whole[: draw.randint(30, 90)], pack(draw_files(draw, 21)), pack([])]
    return [send_album(draw, album) for album in albums]


def fill(draw: Draw) -> list[Request]:
    """Use up the room, to the last photo that does not fit, and look at all of it."""
    large = [(draw.word(), PNG.ljust(256 * KIB, b"x"))] * 3
    stored = [(draw.word(), JPEG.ljust(250_000, b"y"))] * 4
    bare = len(send_album(draw, pack(stored, zipfile.ZIP_STORED)).content)
    return [
        request("GET", "/usage"),
        request("GET", "/photos"),
        *[request("GET", f"/photos/{draw.randint(1, 20)}") for _ in range(5)],
        request("GET", "/photos/0"),
        request("GET", "/photos/999"),
        send_album(draw, pack(stored, zipfile.ZIP_STORED, 1024 * KIB - bare - 2000)),
        send(draw, large),
        send(draw, large),
        send_album(draw, pack(large)),
        send(draw, draw_files(draw, 2), draw.deal(TEXTS)),
        request("GET", "/usage"),
        request("GET", "/photos"),
    ]


ENTRY_NAMES = tuple(name for name in NAMES if "/" not in name and "\\" not in name)


def visit(draw: Draw) -> list[Request]:
    """Send what fits and what does not, in a mixed order, and in the end too much."""
    steps = [*take_in(draw), *refuse(draw), *take_albums_in(draw), *refuse_albums(draw)]
    return [*draw.sample(steps, len(steps)), *fill(draw)]


KEY = re.compile(r"[a-z0-9-]{8,64}")


def is_key(expected: Any, seen: Any) -> bool:
    """Tell whether a key has the promised form."""
    del expected
    return isinstance(seen, str) and KEY.fullmatch(seen) is not None


def is_malformed(expected: Any, seen: Any) -> bool:
    """Tell whether a status says that a request is malformed."""
    del expected
    return seen in (400, 422)


OPEN = "What the body of a refusal says is up to you"
MALFORMED = (400, 422)
traffic = Traffic(
    scenes=(visit,),
    freedoms=(
        Freedom("You make the `key` of a photo", "body[].key", is_key),
        *[
            Freedom("**malformed** a 400 or a 422", "status", is_malformed, each)
            for each in MALFORMED
        ],
        *[Freedom(OPEN, "body", status=each) for each in (*MALFORMED, 413, 415, 507)],
        *[
            Freedom(OPEN, "headers.content-type", status=each)
            for each in (*MALFORMED, 413, 415, 507)
        ],
    ),
    requests=60,
)
