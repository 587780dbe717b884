"""The routes of the team blog, as statements. Who looks first is polite; the database decides."""

from typing import Any, Literal

from fastapi import FastAPI, HTTPException, Query, Response
from sqlalchemy import asc, delete, exists, func, insert, select
from sqlalchemy.exc import IntegrityError

from . import health
from .database import Connection, lifespan
from .models import Post, User
from .schemas import NewPost, NewUser, PostShown, UserPage, UserShown, UserWithPosts
from .violations import find_violation

app = FastAPI(lifespan=lifespan)
app.include_router(health.router)

users, posts = User.__table__, Post.__table__


@app.get("/users", response_model=UserPage)
async def list_users(
    connection: Connection,
    sort: Literal["handle", "name", "email"] = "handle",
    limit: int = Query(20, ge=1, le=100),
    offset: int = Query(0, ge=0, le=10_000),
) -> Any:
    query = select(users).order_by(asc(sort), users.c.handle).slice(offset, offset + limit)
    rows = (await connection.execute(query)).mappings().all()
    return {
        "total": await connection.scalar(select(func.count()).select_from(users)),
        "users": [dict(row) for row in rows],
    }


@app.post("/users", status_code=201)
async def create_user(new: NewUser, connection: Connection) -> UserShown:
    row = new.make_user()
    taken = (users.c.handle == new.handle) | (users.c.email == new.email)
    if await connection.scalar(select(exists().where(taken))):
        raise HTTPException(409, "Taken.")
    values = {name: getattr(row, name) for name in users.c.keys()}
    try:
        await connection.execute(insert(users).values(values))
        await connection.commit()
    except IntegrityError:
        raise HTTPException(409, "Taken meanwhile.") from None
    return UserShown(**values)


@app.post("/posts", status_code=201)
async def create_post(new: NewPost, connection: Connection) -> PostShown:
    query = insert(posts).values(new.model_dump()).returning(posts)
    try:
        row = (await connection.execute(query)).mappings().one()
        await connection.commit()
    except IntegrityError as error:
        raise HTTPException({"unique": 409}.get(find_violation(error), 422)) from None
    return PostShown(**row)


@app.get("/users/{handle}")
async def read_user(handle: str, connection: Connection) -> UserWithPosts:
    query = select(users).where(users.c.handle == handle)
    user = (await connection.execute(query)).mappings().one_or_none()
    if user is None:
        raise HTTPException(404)
    query = select(posts).where(posts.c.author == handle).order_by(posts.c.slug)
    found = [PostShown(**row) for row in (await connection.execute(query)).mappings()]
    return UserWithPosts(posts=found, **{name: user[name] for name in UserShown.model_fields})


@app.delete("/users/{handle}")
async def delete_user(handle: str, connection: Connection) -> Response:
    try:
        deleted = await connection.execute(delete(users).where(users.c.handle == handle))
        await connection.commit()
    except IntegrityError:
        raise HTTPException(409, "This user has posts.") from None
    if not deleted.rowcount:
        raise HTTPException(404)
    return Response(status_code=204)
