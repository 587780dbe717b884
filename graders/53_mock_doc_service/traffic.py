"""Traffic of 53_mock_doc_service: files with strange names and contents, and refused ones.

How far the worker is, the statement leaves open; here the embedder takes every text.
"""

from typing import Any

from dojo.grader import Draw, Freedom, Labs, Request, Traffic, request
from dojo.harness.upstream import Reply

BOUNDARY = "X-katas"
USERS = ("asha", "ben", "carla")
NAMES = (
    *("notes.txt", "a.md", "notes.txt", "../../etc/x.txt", "C:\\x\\y.md", ".txt", " a  b .txt"),
    *("x" * 76 + ".txt", "e\u0301" * 38 + ".txt", "50%41 b.md", "a.exe.txt", "👩\u200d🚀.md"),
)
TEXTS = (
    *(b"x", b" ", b"\n", b"\xef\xbb\xbfx", b" two \r\nlines\n ", b"x\x00y", "e\u0301".encode()),
    *(b"x" * 10_000, "é".encode() * 5000, b"null", b"\r", "\u2028".encode()),
)
REFUSED = (
    *(("notes.pdf", b"x"), ("notes.TXT", b"x"), ("x" * 77 + ".txt", b"x"), ("a.txt", b"")),
    *(("a.md", b"x" * 10_001), ("a.md", b"caf\xe9")),
)
NO_PATHS = (
    *(("GET", "/documents/4711"), ("POST", "/documents/4711/retry"), ("DELETE", "/documents")),
    *(("GET", "/documents/first"), ("GET", "/nowhere"), ("PUT", "/documents/1"), ("POST", "/")),
)


def call(method: str, path: str, user: str, content: bytes = b"", **headers: str) -> Request:
    """Write a request."""
    cookie = {"cookie": f"session={user}-session"}
    return request(method, path, content=content, headers=cookie | headers)


def upload(user: str, name: str, text: bytes) -> Request:
    """Write the upload of a file; the content type of its part says nothing."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"'
    content = f"{head}\r\nContent-Type: image/png\r\n\r\n".encode() + text
    content += f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    return call("POST", "/documents", user, content, **headers)


def visit(draw: Draw) -> list[Request]:
    """Upload all kinds of files in any order, and look at what there is."""
    users = ["ben", "carla"] + ["asha"] * (len(NAMES) - 2)
    draw.shuffle(users)
    pairs = zip(users, NAMES, strict=True)
    steps = [upload(user, name, draw.deal(TEXTS)) for user, name in pairs]
    steps += [upload(draw.choice(USERS), *each) for each in REFUSED]
    steps += [call(method, path, draw.choice(USERS)) for method, path in NO_PATHS]
    steps += [call("POST", "/documents", "asha"), call("GET", "/documents", "nobody")]
    draw.shuffle(steps)
    user, twin = draw.choice(USERS), upload("asha", draw.deal(NAMES), draw.deal(TEXTS))
    looks = [call("GET", f"/documents/{number}", user) for number in (1, 2, 3)]
    retries = [call("POST", "/documents/1/retry", each) for each in USERS]
    lists = [call("GET", "/documents", each) for each in USERS]
    return [*steps, twin, twin, *looks, *retries, *lists]


def prepare(labs: Labs) -> None:
    """Have the embedder take every text."""
    labs.upstream.on("POST", "/embeddings", Reply.json({"vector": [0.5]}))


def inspect(labs: Labs) -> dict[str, Any]:
    """Tell what is stored."""
    return {"documents": labs.database.rows("SELECT owner, name, text FROM documents ORDER BY id")}


def is_text(_: Any, seen: Any) -> bool:
    """Tell whether this is a text for people."""
    return isinstance(seen, str) and bool(seen)


PEOPLE, TIME = "What texts for people say", "at any time"

traffic = Traffic(
    scenes=(visit,),
    freedoms=(
        *(Freedom(PEOPLE, "body.error", is_text, each) for each in (401, 404, 405, 409, 413)),
        *(Freedom(PEOPLE, "body.error", is_text, each) for each in (415, 422)),
        *(Freedom(TIME, f"body.{each}", status=200) for each in ("state", "vector")),
        *(Freedom(TIME, f"body[].{each}", status=200) for each in ("state", "vector")),
    ),
    prepare=prepare,
    inspect=inspect,
    requests=40,
)
