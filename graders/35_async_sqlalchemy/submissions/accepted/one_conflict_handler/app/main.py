"""The routes of the team blog. What the database refuses is answered in one place."""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from . import health
from .database import Session, lifespan
from .models import User
from .schemas import NewPost, NewUser, UserPage, UserShown, UserWithPosts
from .violations import find_violation

app = FastAPI(title="Team blog", lifespan=lifespan)
app.include_router(health.router)

SORTS = {"handle": User.handle, "name": User.name, "email": User.email}


@app.exception_handler(IntegrityError)
async def refuse(request: Request, error: IntegrityError) -> JSONResponse:
    is_unknown = request.method == "POST" and find_violation(error) == "foreign key"
    return JSONResponse({"detail": "Refused."}, 422 if is_unknown else 409)


@app.get("/users")
async def list_users(
    session: Session,
    sort: str = "handle",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> UserPage:
    if sort not in SORTS:
        raise HTTPException(422, f"Sort by {', '.join(SORTS)}.")
    total = func.count().over()
    query = select(User).order_by(SORTS[sort], User.handle).limit(limit).offset(offset)
    rows = (await session.execute(query.add_columns(total))).all()
    number = rows[0][1] if rows else await session.scalar(select(func.count(User.handle))) or 0
    return UserPage(total=number, users=[UserShown.model_validate(user) for user, _ in rows])


@app.post("/users", status_code=201)
async def create_user(new: NewUser, session: Session) -> UserShown:
    session.add(user := new.make_user())
    await session.flush()
    return UserShown.model_validate(user)


@app.post("/posts", status_code=201)
async def create_post(new: NewPost, session: Session) -> NewPost:
    session.add(new.make_post())
    await session.flush()
    return new


async def find(handle: str, session: Session) -> User:
    if (user := await session.get(User, handle)) is None:
        raise HTTPException(404, f"{handle} does not exist.")
    return user


@app.get("/users/{handle}")
async def read_user(handle: str, session: Session) -> UserWithPosts:
    user = await find(handle, session)
    await session.refresh(user, ["posts"])
    return UserWithPosts.model_validate(user)


@app.delete("/users/{handle}", status_code=204)
async def delete_user(handle: str, session: Session) -> None:
    await session.delete(await find(handle, session))
