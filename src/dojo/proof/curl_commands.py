"""Curl commands: the request that a command of an example would send.

Options that only change what `curl` prints are passed over; others that are unknown are refused.
"""

import base64
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

_PRINTING = re.compile(r"-[isSv]+|--include|--silent|--show-error|--verbose")
_LONG = {
    "--request": "-X",
    "--header": "-H",
    "--data": "-d",
    "--data-raw": "-d",
    "--cookie": "-b",
    "--user": "-u",
    "--form": "-F",
    "--head": "-I",
}


class ExampleUnreadable(ValueError):
    """An example that is not understood; the message says why."""


def split_command(command: str) -> list[str]:
    """Split a command as a shell does."""
    try:
        return shlex.split(command)
    except ValueError:
        raise ExampleUnreadable(
            f"A quotation mark of '{command}' has no second one. Add it."
        ) from None


@dataclass
class _Call:
    """What the words of a command ask for."""

    method: str = ""
    url: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    json: str | None = None
    parts: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def body(self) -> bytes | None:
        if self.json is None:
            return "&".join(self.data).encode() if self.data else None
        return self.json.encode()

    def list_headers(self) -> list[tuple[str, str]]:
        """Give the headers; the type of a body is the one that is asked for, else that of curl."""
        default = "application/json"
        if self.json is None:
            default = "application/x-www-form-urlencoded" if self.data else ""
        is_given = any(name.lower() == "content-type" for name, _ in self.headers)
        return [*self.headers, *([("content-type", default)] if default and not is_given else [])]


def make_request(
    client: httpx.AsyncClient, command: str | Sequence[str], folder: Path | None = None
) -> httpx.Request:
    """Make the request of a `curl` command; files of its form lie in `folder`.

    Raises `ExampleUnreadable` for an option that is unknown, and for a file that is not there.
    """
    given = split_command(command) if isinstance(command, str) else list(command)
    shown = command if isinstance(command, str) else shlex.join(command)
    call, words = _Call(), iter(given[1:])
    for word in words:
        if not _PRINTING.fullmatch(word):
            _take(call, word, words, shown, folder)
    has_body = call.body is not None or call.parts
    try:
        return client.build_request(
            call.method or ("POST" if has_body else "GET"),
            call.url,
            content=call.body,
            files=call.parts or None,
            headers=call.list_headers(),
        )
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeEncodeError) as error:
        raise ExampleUnreadable(f"'{shown}' is no request: {error}") from None


def _take(call: _Call, word: str, words: Iterator[str], shown: str, folder: Path | None) -> None:
    """Take a word of a command, and the next one if it is an option that needs it."""
    option = _LONG.get(word, word)
    if option == "-I":
        call.method = "HEAD"
    elif option in ("-X", "-H", "-d", "-b", "-u", "-F", "--json"):
        value = next(words, None)
        if value is None:
            raise ExampleUnreadable(f"'{word}' of '{shown}' has no value. Write one after it.")
        _take_option(call, option, value, folder)
    elif word.startswith("-") or call.url:
        raise ExampleUnreadable(f"'{word}' of '{shown}' is not understood.")
    else:
        call.url = word if "://" in word else f"http://{word}"


def _take_option(call: _Call, option: str, value: str, folder: Path | None) -> None:
    match option:
        case "-X":
            call.method = value
        case "-H":
            name, _, text = value.partition(":")
            call.headers.append((name, text.strip()))
        case "-d":
            call.data.append(value)
        case "-b":
            call.headers.append(("cookie", value))
        case "-u":
            pair = base64.b64encode(value.encode()).decode()
            call.headers.append(("authorization", f"Basic {pair}"))
        case "-F":
            call.parts.append(_read_part(value, folder))
        case _:
            call.json = value


def _read_part(value: str, folder: Path | None) -> tuple[str, Any]:
    """Read a field of a form, such as `name=text` or `name=@file;filename=other;type=image/png`."""
    name, _, rest = value.partition("=")
    content, *more = rest.split(";")
    options = dict(each.strip().partition("=")[::2] for each in more)
    if not content.startswith("@"):
        return name, (None, content.encode(), *_list_type(options))
    path = Path(content[1:])
    if folder is None or not (folder / path).is_file():
        raise ExampleUnreadable(f"The file '{path}' of '-F {value}' is not there.")
    own = (options.get("filename", path.name), (folder / path).read_bytes())
    return name, (*own, *_list_type(options))


def _list_type(options: dict[str, str]) -> tuple[str, ...]:
    return (options["type"],) if "type" in options else ()
