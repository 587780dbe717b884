"""The routes of the team blog."""

from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Query
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from . import health
from .database import Session, lifespan
from .models import Base, User
from .schemas import NewPost, NewUser, UserPage, UserShown, UserWithPosts
from .violations import find_violation

app = FastAPI(title="Team blog", lifespan=lifespan)
app.include_router(health.router)


async def find_user(handle: str, session: Session) -> User:
    if user := await session.get(User, handle, options=[selectinload(User.posts)]):
        return user
    raise HTTPException(404, f"There is no user {handle}.")


FoundUser = Annotated[User, Depends(find_user)]


async def commit(session: Session, *new: Base, foreign_key: int = 422) -> None:
    session.add_all(new)
    try:
        await session.commit()
    except IntegrityError as error:
        statuses = {"unique": 409, "foreign key": foreign_key, "other": 500}
        raise HTTPException(statuses[find_violation(error)], "Refused.") from error


@app.get("/users", response_model=UserPage)
async def list_users(
    session: Session,
    sort: Literal["handle", "name", "email"] = "handle",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> dict[str, Any]:
    query = select(User).order_by(getattr(User, sort), User.handle).limit(limit).offset(offset)
    total = await session.scalar(select(func.count(User.handle)))
    return {"total": total, "users": (await session.scalars(query)).all()}


@app.post("/users", status_code=201, response_model=UserShown)
async def create_user(new: NewUser, session: Session) -> User:
    user = new.make_user()
    await commit(session, user)
    return user


@app.get("/users/{handle}", response_model=UserWithPosts)
async def read_user(user: FoundUser) -> User:
    return user


@app.delete("/users/{handle}", status_code=204)
async def delete_user(user: FoundUser, session: Session) -> None:
    await session.delete(user)
    await commit(session, foreign_key=409)


@app.post("/posts", status_code=201)
async def create_post(new: NewPost, session: Session) -> NewPost:
    await commit(session, new.make_post())
    return new
