"""The settings of the archive: one object, read and checked when the app starts."""

from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What differs from one environment to the next."""

    model_config = SettingsConfigDict(
        env_prefix="APP_", env_file=".env", extra="ignore", hide_input_in_errors=True
    )

    stage: Literal["dev", "test", "prod"] = "dev"
    debug: bool = False
    secret_key: SecretStr = Field(min_length=16)
    storage_url: HttpUrl
    allowed_origins: Annotated[list[str], NoDecode] = []  # without it the text has to be JSON
    page_size: int = Field(5, ge=1, le=100)

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [origin.strip() for origin in value.split(",") if origin.strip()]

    @model_validator(mode="after")
    def _refuse_debug_in_prod(self) -> Self:
        if self.debug and self.stage == "prod":
            raise ValueError("debug is on in prod")
        return self


@lru_cache
def get_settings() -> Settings:
    """Read the settings at the first call, which the start of the app makes.

    What the environment gives, a type checker does not know of.
    """
    return Settings()  # type: ignore[call-arg]
