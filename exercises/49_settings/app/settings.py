"""The settings of the archive. Today some of them are here, and some are read by the routes."""

import os

from pydantic import BaseModel


class Settings(BaseModel):
    """What differs from one environment to the next."""

    stage: str = "dev"
    debug: bool = False
    secret_key: str = "change-me"
    storage_url: str = "https://storage.example/archive"
    allowed_origins: list[str] = []
    page_size: int = 5


def get_settings() -> Settings:
    """Give the settings to a route."""
    # TODO 1: this reads two of six, from one of three places, at each request.
    return Settings(
        stage=os.environ.get("APP_STAGE", "dev"),
        # TODO 2: this is on for "False", too.
        debug=bool(os.environ.get("APP_DEBUG")),
    )
