"""How the shop is served."""

from collections.abc import Mapping
from typing import Any

NUMBERS = {
    "SHOP_PORT": ("port", 8000, range(1, 65536)),
    "SHOP_WORKERS": ("workers", 1, range(1, 9)),
    "SHOP_GRACE": ("timeout_graceful_shutdown", 20, range(1, 61)),
}


def read_config(environ: Mapping[str, str]) -> dict[str, Any]:
    """Give the arguments of `uvicorn.Config` for these variables."""
    config: dict[str, Any] = {"app": "shop.main:app", "host": "0.0.0.0"}
    for name, (argument, default, right) in NUMBERS.items():
        try:
            config[argument] = int(environ.get(name) or default)
        except ValueError:
            raise ValueError(f"{name} is no number") from None
        if config[argument] not in right:
            raise ValueError(f"{name} is not between {right[0]} and {right[-1]}")
    switch = environ.get("SHOP_ACCESS_LOG") or "on"
    if switch not in {"on", "off"}:
        raise ValueError("SHOP_ACCESS_LOG is neither on nor off")
    if switch == "off":
        config["access_log"] = False
    proxies = environ.get("SHOP_PROXIES", "").split(",")
    config["forwarded_allow_ips"] = [proxy.strip() for proxy in proxies]
    prefix = environ.get("SHOP_PREFIX", "").strip("/")
    return config | {"root_path": f"/{prefix}" if prefix else ""}
