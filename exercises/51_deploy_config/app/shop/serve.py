"""How the shop is served."""

from collections.abc import Mapping
from typing import Any


# TODO 1: which peers may say whose request it is, and by which scheme it came?
# TODO 2: read the rest of the table, and refuse what is wrong.
def read_config(environ: Mapping[str, str]) -> dict[str, Any]:
    """Give the arguments of `uvicorn.Config` for these variables."""
    return {
        "app": "shop.main:app",
        "port": int(environ.get("SHOP_PORT", "8000")),
        "workers": int(environ.get("SHOP_WORKERS", "1")),
        "forwarded_allow_ips": environ.get("SHOP_PROXIES", "*"),
        "reload": True,
        "timeout_graceful_shutdown": 0,
    }
