"""The routes of the profiles. A field of a patch is missing, or has a value that fits."""

from datetime import date
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import MISSING, BaseModel, ConfigDict, ValidationError

from .profiles import Profile, ProfileDraft, Store, Text

app = FastAPI(title="Rowing club")
store = Store()


class AddressPatch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    street: Text | MISSING = MISSING
    city: Text | MISSING = MISSING
    door: str | None | MISSING = MISSING


class ProfilePatch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Text | MISSING = MISSING
    nickname: str | None | MISSING = MISSING
    phone: str | None | MISSING = MISSING
    newsletter: bool | MISSING = MISSING
    address: AddressPatch | None | MISSING = MISSING
    away_from: date | None | MISSING = MISSING
    away_until: date | None | MISSING = MISSING


def find_profile(profile_id: int) -> Profile:
    profile = store.get(profile_id)
    if profile is None:
        raise HTTPException(404, f"Profile {profile_id} does not exist.")
    return profile


@app.post("/profiles", status_code=201)
async def create_profile(draft: ProfileDraft) -> Profile:
    return store.add(draft)


@app.get("/profiles/{profile_id}")
async def read_profile(profile_id: int) -> Profile:
    return find_profile(profile_id)


@app.patch("/profiles/{profile_id}")
async def change_profile(profile_id: int, patch: ProfilePatch) -> Profile:
    before = find_profile(profile_id).model_dump()
    changes: dict[str, Any] = patch.model_dump()
    if before["address"] and changes.get("address") is not None:
        changes["address"] = before["address"] | changes["address"]
    try:
        after = Profile.model_validate(before | changes)
    except ValidationError as error:
        places = [("body", *each["loc"]) for each in error.errors()]
        raise RequestValidationError(
            [{**each, "loc": loc} for each, loc in zip(error.errors(), places, strict=True)]
        ) from error
    return store.put(after)
