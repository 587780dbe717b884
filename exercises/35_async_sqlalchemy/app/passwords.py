"""Passwords: what is stored of them."""

import hashlib
import secrets


def hash_password(password: str) -> str:
    """Hash a password with a salt of its own. (For practice only: a real hash takes longer.)"""
    salt = secrets.token_hex(8)
    digest = hashlib.scrypt(password.encode(), salt=salt.encode(), n=2, r=8, p=1)
    return f"scrypt${salt}${digest.hex()}"
