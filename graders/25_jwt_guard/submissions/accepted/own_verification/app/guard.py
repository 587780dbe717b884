"""The guard of the rota, with the standard library alone."""

import base64
import hmac
import json
import time
from typing import Annotated, Any

from fastapi import Depends, Header, HTTPException

from .store import StoreUnavailable, Volunteer, find_volunteer, is_revoked, read_keys

ISSUER = "login"
AUDIENCE = "rota"
ALGORITHM = "HS256"


def read_part(text: str) -> dict[str, Any]:
    part = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(part, dict):
        raise ValueError("not an object")
    return part


def read_claims(authorization: str | None) -> dict[str, Any] | None:
    scheme, _, token = (authorization or "").partition(" ")
    head, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    try:
        header = read_part(head)
        key = read_keys()[header["kid"]]
        digest = hmac.digest(key.encode(), f"{head}.{body}".encode(), "sha256")
        wanted = base64.urlsafe_b64encode(digest).rstrip(b"=")
        is_ours = scheme.lower() == "bearer" and header.get("alg") == ALGORITHM
        if not is_ours or not hmac.compare_digest(signature.encode(), wanted):
            return None
        claims = read_part(body)
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        now = time.time()
        is_for_us = claims["iss"] == ISSUER and AUDIENCE in audience
        is_now = claims.get("nbf", 0) <= now < claims["exp"]
        return claims if is_for_us and is_now and {"sub", "jti"} <= claims.keys() else None
    except (ValueError, KeyError, TypeError):
        return None


def get_current_volunteer(authorization: Annotated[str | None, Header()] = None) -> Volunteer:
    claims = read_claims(authorization)
    try:
        if claims is not None and not is_revoked(claims["jti"]):
            volunteer = find_volunteer(claims["sub"])
            if volunteer is not None and volunteer.active:
                return volunteer
    except StoreUnavailable as error:
        raise HTTPException(503) from error
    raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})


CurrentVolunteer = Annotated[Volunteer, Depends(get_current_volunteer)]
