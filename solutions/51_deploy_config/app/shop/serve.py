"""How the shop is served."""

from collections.abc import Mapping
from typing import Any

MOST_WORKERS = 8
LONGEST_GRACE = 60


def read_config(environ: Mapping[str, str]) -> dict[str, Any]:
    """Give the arguments of `uvicorn.Config` for these variables."""
    return {
        "app": "shop.main:app",
        "host": "0.0.0.0",
        "port": read_number(environ, "SHOP_PORT", 8000, 65535),
        "workers": read_number(environ, "SHOP_WORKERS", 1, MOST_WORKERS),
        "timeout_graceful_shutdown": read_number(environ, "SHOP_GRACE", 20, LONGEST_GRACE),
        "access_log": read_access_log(environ),
        "forwarded_allow_ips": environ.get("SHOP_PROXIES", ""),
        "root_path": environ.get("SHOP_PREFIX", "").rstrip("/"),
    }


def read_number(environ: Mapping[str, str], name: str, default: int, most: int) -> int:
    """Read a whole number from 1 to `most`; `ValueError` if it is none."""
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ValueError(f"{name} must be a whole number from 1 to {most}, not {text!r}.")
    return int(text)


def read_access_log(environ: Mapping[str, str]) -> bool:
    """Read whether each request is logged."""
    text = environ.get("SHOP_ACCESS_LOG") or "on"
    if text not in ("on", "off"):
        raise ValueError(f"SHOP_ACCESS_LOG must be 'on' or 'off', not {text!r}.")
    return text == "on"
