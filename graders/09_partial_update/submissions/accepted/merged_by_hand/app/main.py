"""The routes of the profiles. A patch is merged as RFC 7396 says."""

from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from .profiles import Profile, ProfileDraft, Store

app = FastAPI(title="Rowing club")
store = Store()


def find_profile(profile_id: int) -> Profile:
    profile = store.get(profile_id)
    if profile is None:
        raise HTTPException(404, f"Profile {profile_id} does not exist.")
    return profile


FoundProfile = Annotated[Profile, Depends(find_profile)]


def merge_patch(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        # Unlike the RFC: null stays, since each field of a profile is always there.
        merged[key] = merge_patch(merged.get(key), value)
    return merged


def make_draft(profile: FoundProfile, patch: dict[str, Any]) -> ProfileDraft:
    before = profile.model_dump(mode="json", exclude={"id", "role"})
    try:
        return ProfileDraft.model_validate(merge_patch(before, patch))
    except ValidationError as problem:
        raise RequestValidationError(
            [error | {"loc": ("body", *error["loc"])} for error in problem.errors()]
        ) from None


@app.post("/profiles", status_code=201)
async def create_profile(draft: ProfileDraft) -> Profile:
    return store.add(draft)


@app.get("/profiles/{profile_id}")
async def read_profile(profile: FoundProfile) -> Profile:
    return profile


@app.patch("/profiles/{profile_id}")
async def change_profile(
    profile: FoundProfile, draft: Annotated[ProfileDraft, Depends(make_draft)]
) -> Profile:
    return store.put(Profile(**draft.model_dump(), id=profile.id, role=profile.role))
