"""Settings of the desk. Each time that they are parsed is reported to `kata.settings`."""

import logging
import tomllib
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

logger = logging.getLogger("kata.settings")

_TEXT = """
currency = "EUR"
tax = "0.07"
cache_url = "memory://desk"
"""


class Settings(BaseModel):
    """What differs between the desk of one shop and that of another."""

    model_config = ConfigDict(frozen=True)

    currency: str
    tax: Decimal
    cache_url: str


def parse_settings() -> Settings:
    """Parse the text of the settings. In production it is a file on a slow disk."""
    logger.info("parsed")
    return Settings.model_validate(tomllib.loads(_TEXT))
