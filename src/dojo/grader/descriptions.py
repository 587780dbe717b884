"""Descriptions: the words and values in which a failure says what was expected and seen.

It raises nothing, whatever a submission answers.
"""

import json
from http import HTTPStatus
from typing import Any

import httpx

from ..wall.exchanges import Exchange

_LONGEST_BODY = 600


def show_json(value: Any) -> str:
    """Write a JSON value on one line."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(a value nested too deeply to be shown)"


def show_path(path: tuple[str | int, ...]) -> str:
    """Write a path into a JSON body, such as `'items[0].price'`."""
    text = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path)
    return f"'{text.lstrip('.')}'"


def read_text(response: httpx.Response) -> str:
    """Give a response's body as text; as UTF-8 if its charset is none for text."""
    try:
        return response.text
    except Exception:  # codecs such as "hex" raise what they like
        return response.content.decode("utf-8", "replace")


def describe_response(response: httpx.Response) -> str:
    """Write a response's status and body, and the exception behind a 500."""
    status = f"status {describe_code(response.status_code)}"
    exchange: Exchange = response.extensions["exchange"]
    if exchange.raised is not None:
        return f"{status}, raised by {exchange.raised}"
    body = read_text(response)
    shown = body if len(body) <= _LONGEST_BODY else f"{body[:_LONGEST_BODY]}…"
    return f"{status} with the body {shown}" if body else f"{status} with an empty body"


def describe_break(exchange: Exchange) -> str:
    """Say how a response broke off."""
    raised = exchange.raised
    reason = f" with {raised}" if raised else ""
    return f"the response breaks off in the middle of its body{reason}"


def describe_code(code: int) -> str:
    """Write a status code with its phrase."""
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def describe_number(number: int) -> str:
    """Say how many times; 0 has better words."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
