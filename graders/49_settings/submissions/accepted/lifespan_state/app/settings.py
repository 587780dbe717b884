"""The settings of the archive. The start keeps them in the state of the app."""

from functools import cached_property
from typing import Any, Literal

from fastapi import Request
from pydantic import Field, HttpUrl, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="app_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    stage: Literal["dev", "test", "prod"] = "dev"
    debug: bool = False
    secret_key: SecretStr = Field(min_length=16)
    storage_url: HttpUrl
    allowed_origins: str = ""
    page_size: int = Field(default=5, gt=0, le=100)

    @field_validator("debug")
    @classmethod
    def keep_production_quiet(cls, debug: bool, info: ValidationInfo) -> bool:
        if debug and info.data.get("stage") == "prod":
            raise ValueError("has to be off in production")
        return debug

    @cached_property
    def origins(self) -> list[str]:
        parts = map(str.strip, self.allowed_origins.split(","))
        return list(filter(None, parts))

    def show(self) -> dict[str, Any]:
        return self.model_dump(mode="json") | {"allowed_origins": self.origins}


def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings
