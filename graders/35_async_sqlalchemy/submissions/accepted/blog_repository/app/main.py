"""The routes of the team blog, over a repository."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query

from . import health
from .database import lifespan
from .models import User
from .repository import Refused, Repository
from .schemas import NewPost, NewUser, PostShown, UserPage, UserShown, UserWithPosts

app = FastAPI(lifespan=lifespan)
app.include_router(health.router)

Users = Annotated[Repository, Depends(scope="function")]


class Sort(StrEnum):
    HANDLE = "handle"
    NAME = "name"
    EMAIL = "email"


@app.get("/users")
async def list_users(
    users: Users,
    sort: Sort = Sort.HANDLE,
    limit: Annotated[int, Query(gt=0, le=100)] = 20,
    offset: Annotated[int, Query(gt=-1, le=10000)] = 0,
) -> UserPage:
    rows = await users.list(sort, limit, offset)
    shown = [UserShown.model_validate(row) for row in rows]
    return UserPage(total=await users.count(), users=shown)


@app.post("/users", status_code=201)
async def create_user(new: NewUser, users: Users) -> UserShown:
    row = new.make_user()
    try:
        await users.add(row)
    except Refused:
        raise HTTPException(409, "Taken.") from None
    return UserShown.model_validate(row)


@app.post("/posts", status_code=201, response_model=PostShown)
async def create_post(new: NewPost, users: Users) -> Any:
    row = new.make_post()
    try:
        await users.add(row)
    except Refused as error:
        raise HTTPException(409 if str(error) == "unique" else 422, str(error)) from None
    return row


async def find_user(handle: str, users: Users) -> User:
    user = await users.find(handle)
    if user is None:
        raise HTTPException(404)
    return user


@app.get("/users/{handle}", response_model=UserWithPosts)
async def read_user(user: Annotated[User, Depends(find_user)]) -> Any:
    return user


@app.delete("/users/{handle}", status_code=204)
async def delete_user(user: Annotated[User, Depends(find_user)], users: Users) -> None:
    try:
        await users.remove(user)
    except Refused:
        raise HTTPException(409, "They have posts.") from None
