"""The settings of the archive, without pydantic-settings: a model, and a function that fills it."""

import os
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, ValidationError

PREFIX = "app_"
FLAGS = dict.fromkeys(("true", "1", "yes", "on"), True)
FLAGS |= dict.fromkeys(("false", "0", "no", "off"), False)


class WrongSettings(Exception):
    """The app cannot start with these settings."""


class Settings(BaseModel):
    model_config = ConfigDict(extra="ignore")

    stage: Literal["dev", "test", "prod"] = "dev"
    debug: bool = Field(False, strict=True)
    secret_key: SecretStr = Field(min_length=16)
    storage_url: AnyHttpUrl
    allowed_origins: tuple[str, ...] = ()
    page_size: int = Field(5, ge=1, le=100)


def read_variables() -> dict[str, Any]:
    found: dict[str, Any] = {}
    file = Path(".env")
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    pairs = [line.split("=", 1) for line in lines if "=" in line and not line.startswith("#")]
    for name, value in [*pairs, *os.environ.items()]:
        if name.lower().startswith(PREFIX):
            found[name.lower().removeprefix(PREFIX)] = value
    return found


@cache
def get_settings() -> Settings:
    values = read_variables()
    if "debug" in values:
        values["debug"] = FLAGS.get(values["debug"].lower(), values["debug"])
    if "allowed_origins" in values:
        parts = [part.strip() for part in values["allowed_origins"].split(",")]
        values["allowed_origins"] = [part for part in parts if part]
    wrong: list[str] = []
    try:
        settings = Settings.model_validate(values)
        wrong += ["APP_DEBUG"] if settings.debug and settings.stage == "prod" else []
    except ValidationError as error:
        wrong += [f"APP_{each['loc'][0]}".upper() for each in error.errors(include_input=False)]
    if wrong:
        raise WrongSettings(f"Set these variables to something that is right: {', '.join(wrong)}")
    return settings
