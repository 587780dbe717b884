"""Violations: which kind of constraint an `IntegrityError` is about, with any driver."""

from typing import Literal

from sqlalchemy.exc import IntegrityError

Violation = Literal["unique", "foreign key", "other"]

_KINDS: dict[str, Violation] = {
    "SQLITE_CONSTRAINT_PRIMARYKEY": "unique",
    "SQLITE_CONSTRAINT_UNIQUE": "unique",
    "SQLITE_CONSTRAINT_FOREIGNKEY": "foreign key",
    "23505": "unique",
    "23503": "foreign key",
}


def find_violation(error: IntegrityError) -> Violation:
    """Tell what the database has refused."""
    names = (getattr(error.orig, each, None) for each in ("sqlite_errorname", "sqlstate"))
    return next((_KINDS[name] for name in names if name in _KINDS), "other")
