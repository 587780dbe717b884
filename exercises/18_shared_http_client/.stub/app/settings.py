"""Settings: where the carrier is, and how long it may be silent."""

import os

TIMEOUT = 30.0
"""Seconds in which the carrier has to send something."""


def get_carrier_url() -> str:
    """Give the carrier's address, without a slash at its end.

    The platform sets it after the app was imported and before the app is started.
    """
    return os.environ.get("UPSTREAM_URL", "http://127.0.0.1:9000")
