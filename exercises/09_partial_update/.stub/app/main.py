"""The routes of the profiles. To change one is, so far, to send all of it again."""

from fastapi import FastAPI, HTTPException

from .profiles import Profile, ProfileDraft, Store

app = FastAPI(title="Rowing club")
store = Store()


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


# TODO 1: keep what the body leaves out.
# TODO 2: tell null from what is left out, and refuse what cannot be changed.
# TODO 3: change an address field by field.
# TODO 4: check the profile that results before it is stored.
@app.patch("/profiles/{profile_id}")
async def change_profile(profile_id: int, draft: ProfileDraft) -> Profile:
    profile = find_profile(profile_id)
    return store.put(Profile(**draft.model_dump(), id=profile.id, role=profile.role))
