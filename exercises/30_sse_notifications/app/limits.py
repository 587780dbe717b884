"""The limits of a stream, in seconds of the event loop's clock; nothing is enforced here."""

LONGEST_STREAM = 300
"""So long after its request a stream ends; the browser comes back with its `Last-Event-ID`."""

LONGEST_SILENCE = 20
"""Proxies may cut a connection on which nothing is sent for longer than this."""

RETRY_MILLISECONDS = 2000
"""How long a browser waits before it comes back."""
