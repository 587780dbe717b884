"""The cache: an in-memory stand-in for a server. It reports to the logger `kata.cache`."""

import logging
from collections import Counter, defaultdict

logger = logging.getLogger("kata.cache")

_servers: defaultdict[str, Counter[str]] = defaultdict(Counter)


class Cache:
    """A client of the server at `url`; an address that begins with `down:` raises."""

    def __init__(self, url: str) -> None:
        logger.info("connected", extra={"url": url})
        if url.startswith("down:"):
            raise ConnectionError(f"No cache answers at {url}.")
        self._counts = _servers[url]

    def count(self, key: str) -> int:
        """Count one more for the key, and say how many that are."""
        self._counts[key] += 1
        return self._counts[key]
