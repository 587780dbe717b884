"""The settings of an instance. They come from the environment."""

import os
import time
from dataclasses import dataclass, field
from datetime import timedelta

DEMO_KEY = "demo-key-that-everybody-can-read"  # for practice only

# Each instance keeps the time of the library, which is in India.
os.environ["TZ"] = "IST-5:30"
if hasattr(time, "tzset"):
    time.tzset()


@dataclass(frozen=True)
class Settings:
    token_key: str = field(repr=False)
    token_lifetime: timedelta


def read_settings() -> Settings:
    """Read `TOKEN_KEY` and `TOKEN_MINUTES` as they are now."""
    return Settings(
        token_key=os.environ.get("TOKEN_KEY", DEMO_KEY),
        token_lifetime=timedelta(minutes=int(os.environ.get("TOKEN_MINUTES", "30"))),
    )
