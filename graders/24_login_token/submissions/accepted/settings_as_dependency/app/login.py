"""The models of a login."""

import secrets
import time

import jwt
from pydantic import BaseModel, Field

from .settings import Settings


class Claims(BaseModel):
    sub: str
    iat: int = Field(default_factory=lambda: int(time.time()))
    exp: int = 0
    jti: str = Field(default_factory=secrets.token_urlsafe)


def sign(user_id: int, settings: Settings) -> tuple[str, int]:
    lifetime = settings.token_lifetime // settings.token_lifetime.resolution // 1_000_000
    claims = Claims(sub=str(user_id))
    claims.exp = claims.iat + lifetime
    return jwt.encode(claims.model_dump(), settings.token_key, "HS256"), lifetime


def check_key(settings: Settings) -> None:
    if len(settings.token_key.encode("utf-8")) < 32:
        raise SystemExit("TOKEN_KEY is too short.")
