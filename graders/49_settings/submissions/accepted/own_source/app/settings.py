"""The settings of the archive: two sources split lists; a failed start has a text of our own."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, HttpUrl, Secret, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)


class SplittingEnvironment(EnvSettingsSource):
    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()]


class SplittingFile(SplittingEnvironment, DotEnvSettingsSource):
    pass


def check_length(key: Secret[str]) -> Secret[str]:
    if len(key.get_secret_value()) < 16:
        raise ValueError("is too short")
    return key


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="APP_", env_file=".env", extra="ignore")

    stage: Literal["dev", "test", "prod"] = "dev"
    debug: bool = False
    secret_key: Annotated[Secret[str], AfterValidator(check_length)]
    storage_url: HttpUrl
    allowed_origins: list[str] = Field(default_factory=list)
    page_size: Annotated[int, Field(ge=1, le=100)] = 5

    @model_validator(mode="after")
    def check_debug(self) -> "Settings":
        assert not (self.debug and self.stage == "prod")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, SplittingEnvironment(settings_cls), SplittingFile(settings_cls)


def get_settings() -> Settings:
    return Settings.settings_cached()


def load_settings() -> None:
    """Read the settings for `get_settings`; `SystemExit` names those that are wrong."""
    try:
        get_settings()
    except ValidationError as error:
        wrong = [str(each["loc"][0] if each["loc"] else "debug") for each in error.errors()]
        reason = f"Look at these settings: {', '.join(wrong)}"
    else:
        return
    raise SystemExit(reason)
