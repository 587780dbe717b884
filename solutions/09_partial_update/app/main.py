"""The routes of the profiles. A change is merged into what is stored, and the whole is checked."""

from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from .profiles import Address, Profile, ProfileDraft, Store, Text

app = FastAPI(title="Rowing club")
store = Store()


class AddressPatch(Address):
    """An address in which each field may be missing; these defaults are never read."""

    street: Text = ""
    city: Text = ""


class ProfilePatch(ProfileDraft):
    """A draft in which each field may be missing; which of them were sent, pydantic knows."""

    name: Text = ""
    address: AddressPatch | None = None


def find_profile(profile_id: int) -> Profile:
    profile = store.get(profile_id)
    if profile is None:
        raise HTTPException(404, f"Profile {profile_id} does not exist.")
    return profile


def merge(stored: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Give what is stored with the changes; an object is merged into one that is stored."""
    merged = dict(stored)
    for name, value in changes.items():
        merged[name] = merge(stored[name] or {}, value) if isinstance(value, dict) else value
    return merged


def check(profile: dict[str, Any]) -> Profile:
    """Give the profile, or answer with 422 as if all of it had been sent."""
    try:
        return Profile.model_validate(profile)
    except ValidationError as error:
        # Without its input: that is the stored profile.
        errors = [
            {"type": each["type"], "loc": ("body", *each["loc"]), "msg": each["msg"]}
            for each in error.errors()
        ]
        raise RequestValidationError(errors) from error


@app.post("/profiles", status_code=201)
async def create_profile(draft: ProfileDraft) -> Profile:
    return store.add(draft)


@app.get("/profiles/{profile_id}")
async def read_profile(profile_id: int) -> Profile:
    return find_profile(profile_id)


@app.patch("/profiles/{profile_id}")
async def change_profile(profile_id: int, patch: ProfilePatch) -> Profile:
    profile = find_profile(profile_id)
    changes = patch.model_dump(exclude_unset=True)
    return store.put(check(merge(profile.model_dump(), changes)))
