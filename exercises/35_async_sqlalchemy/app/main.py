"""The routes of the team blog."""

from typing import Any

from fastapi import FastAPI
from sqlalchemy import func, select, text

from . import health
from .database import Session, lifespan
from .models import User
from .schemas import NewPost, NewUser

app = FastAPI(title="Team blog", lifespan=lifespan)
app.include_router(health.router)


@app.get("/users")
async def list_users(
    session: Session, sort: str = "handle", limit: int = 20, offset: int = 0
) -> Any:
    # TODO 4: the client writes a part of this statement.
    query = select(User).order_by(text(sort)).limit(limit).offset(offset)
    total = session.scalar(select(func.count(User.handle)))
    return {"total": total, "users": session.scalars(query).all()}


@app.post("/users", status_code=201)
async def create_user(new: NewUser, session: Session) -> Any:
    user = new.make_user()
    session.add(user)
    session.commit()  # TODO 2: the database may refuse this.
    session.refresh(user)
    return user  # TODO 3: this shows whatever the table holds.


@app.get("/users/{handle}")
async def read_user(handle: str, session: Session) -> Any:
    user = session.get_one(User, handle)
    return {"posts": user.posts, **vars(user)}


@app.delete("/users/{handle}", status_code=204)
async def delete_user(handle: str, session: Session) -> None:
    session.delete(session.get_one(User, handle))
    session.commit()


@app.post("/posts", status_code=201)
async def create_post(new: NewPost, session: Session) -> Any:
    session.add(new.make_post())
    session.commit()
    return new
