"""How the shop is served."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field


class Settings(BaseModel):
    """The table of the statement."""

    proxies: str = Field("", alias="SHOP_PROXIES")
    prefix: str = Field("", alias="SHOP_PREFIX")
    port: int = Field(8000, alias="SHOP_PORT", ge=1, le=65535)
    workers: int = Field(1, alias="SHOP_WORKERS", ge=1, le=8)
    grace: int = Field(20, alias="SHOP_GRACE", ge=1, le=60)
    access_log: Literal["on", "off"] = Field("on", alias="SHOP_ACCESS_LOG")


def read_config(environ: Mapping[str, str]) -> dict[str, Any]:
    """Give the arguments of `uvicorn.Config` for these variables."""
    settings = Settings.model_validate({name: text for name, text in environ.items() if text})
    return {
        "app": "shop.main:app",
        "host": "0.0.0.0",
        "port": settings.port,
        "workers": settings.workers,
        "reload": False,
        "access_log": settings.access_log == "on",
        "proxy_headers": bool(settings.proxies),
        "forwarded_allow_ips": settings.proxies,
        "root_path": settings.prefix.removesuffix("/"),
        "timeout_graceful_shutdown": settings.grace,
    }
