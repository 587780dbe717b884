"""The routes of the profiles. A patch is written into a copy, which takes the place of the old."""

from datetime import date
from typing import Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

from .profiles import Address, Profile, ProfileDraft, Store, Text

app = FastAPI(title="Rowing club")
store = Store()


class AddressPatch(BaseModel, extra="forbid"):
    street: Text = Field(default=None)
    city: Text = Field(default=None)
    door: str | None = None


class ProfilePatch(BaseModel, extra="forbid"):
    name: Text = Field(default=None)
    nickname: str | None = None
    phone: str | None = None
    newsletter: bool = Field(default=None)
    address: AddressPatch | None = None
    away_from: date | None = None
    away_until: date | None = None


def refuse(message: str, *fields: str) -> HTTPException:
    error: dict[str, Any] = {"type": "value_error", "loc": ["body", *fields], "msg": message}
    return HTTPException(422, [error])


def find_profile(profile_id: int) -> Profile:
    if (profile := store.get(profile_id)) is None:
        raise HTTPException(404, f"Profile {profile_id} does not exist.")
    return profile


def read_sent(patch: BaseModel) -> dict[str, Any]:
    return {name: getattr(patch, name) for name in patch.model_fields_set}


def change_address(stored: Address | None, patch: AddressPatch | None) -> Address | None:
    if patch is None:
        return None
    if stored is not None:
        return stored.model_copy(update=read_sent(patch))
    for field in ("street", "city"):
        if field not in patch.model_fields_set:
            raise refuse("Field required", "address", field)
    return Address(**read_sent(patch))


@app.post("/profiles", status_code=201)
def create_profile(draft: ProfileDraft) -> Profile:
    return store.add(draft)


@app.get("/profiles/{profile_id}")
def read_profile(profile_id: int) -> Profile:
    return find_profile(profile_id)


@app.patch("/profiles/{profile_id}")
def change_profile(profile_id: int, patch: ProfilePatch) -> Profile:
    profile = find_profile(profile_id)
    changes = read_sent(patch)
    if "address" in changes:
        changes["address"] = change_address(profile.address, patch.address)
    changed = profile.model_copy(update=changes)
    if changed.away_from and changed.away_until and changed.away_until < changed.away_from:
        raise refuse("You come back before you leave", "away_until")
    return store.put(changed)
