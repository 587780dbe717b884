"""Passwords and their hashes. Each run of the slow function is logged to `kata.hashing`."""

import hashlib
import hmac
import logging
import secrets

logger = logging.getLogger("kata.hashing")

ROUNDS = 2**10  # so few for practice alone: 2**17 is what one would take


def hash_password(password: str) -> str:
    """Give a hash to store: a new salt, and what the slow function makes of both."""
    salt = secrets.token_bytes(16)
    digest = _run_scrypt(password, salt)
    logger.info("hashed")
    return f"scrypt${salt.hex()}${digest.hex()}"


def verify_password(password: str, stored: str) -> bool:
    """Tell whether a hash was made of this password; `ValueError` for a text that is no hash."""
    name, salt, digest = stored.split("$")
    if name != "scrypt":
        raise ValueError(f"The hash is of the kind {name!r}.")
    found = _run_scrypt(password, bytes.fromhex(salt))
    logger.info("verified")
    return hmac.compare_digest(found, bytes.fromhex(digest))


def _run_scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=ROUNDS, r=8, p=1, dklen=32)
