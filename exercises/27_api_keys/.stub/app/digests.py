"""Keys and their digests. Each comparison is logged to `kata.digests`."""

import hashlib
import hmac
import logging
import secrets

logger = logging.getLogger("kata.digests")

PREFIX_LENGTH = 8


def make_key() -> str:
    """Draw a key of 43 characters that nobody can guess (256 bits)."""
    return secrets.token_urlsafe(32)


def make_digest(key: str) -> str:
    """Give the digest of a key: a random key of 256 bits needs neither salt nor a slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_same(digest: str, stored: str) -> bool:
    """Compare two digests in a time that does not depend on where they differ."""
    logger.info("compared", extra={"stored": stored})
    return hmac.compare_digest(digest.encode(), stored.encode())
