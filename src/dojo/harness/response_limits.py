"""Limits of responses: what is bounded before any parser of the grader's sees it.

A server or a client refuses the same; here a parser that is slow on hostile bytes would stall the
grader, which no time-out inside it could end.
"""

import re
from collections.abc import Sequence

from ..host.frames import LARGEST_HEAD

MOST_HEADERS = 256
MOST_COOKIES = 50
LARGEST_COOKIE = 4096
"""Bytes of one `set-cookie` header, as browsers keep them (RFC 6265, section 6.1)."""

CHARSETS = frozenset(
    ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1", "windows-1252")
)
"""What texts are decoded with; a body in another charset is read as UTF-8."""

_CHARSET = re.compile(r";[ \t]*charset=\"?([a-z0-9-]{1,20})(?![a-z0-9_-])", re.IGNORECASE)


def find_excess(headers: Sequence[tuple[bytes, bytes]]) -> str | None:
    """Say which limit a response's headers exceed; `None` if they keep to all of them."""
    if len(headers) > MOST_HEADERS:
        return f"has {len(headers)} headers, more than the grader's limit of {MOST_HEADERS}"
    size = sum(len(name) + len(value) for name, value in headers)
    if size > LARGEST_HEAD:
        limit = f"the grader's limit of {LARGEST_HEAD >> 10} KiB"
        return f"has headers of {size} bytes together, more than {limit}"
    cookies = [value for name, value in headers if name.lower() == b"set-cookie"]
    if len(cookies) > MOST_COOKIES:
        return f"sets {len(cookies)} cookies, more than the grader's limit of {MOST_COOKIES}"
    longest = max(map(len, cookies), default=0)
    if longest > LARGEST_COOKIE:
        limit = f"the grader's limit of {LARGEST_COOKIE}"
        return f"sets a cookie of {longest} bytes, more than {limit}"
    return None


def read_charset(content_type: str) -> str | None:
    """Read the charset out of a `content-type`; `None` unless it is one of `CHARSETS`."""
    found = _CHARSET.search(content_type)
    name = found[1].lower() if found else ""
    return name if name in CHARSETS else None
