"""Settings: whose ids are believed, and where the weather service is."""

import os

GATEWAYS = frozenset({"127.0.0.1", "203.0.113.7"})
"""Addresses of our gateways; the first is this machine, for requests by hand."""


def get_weather_url() -> str:
    """Give the address of the weather service, without a slash at its end.

    The platform sets it after the app was imported and before the app is started.
    """
    return os.environ.get("UPSTREAM_URL", "http://127.0.0.1:9000")
