"""The routes of the reading room."""

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from . import store
from .login import LoggedIn, make_digest, make_token
from .store import UserDraft, UserInfo

app = FastAPI(title="Reading room")


class Token(BaseModel):
    access_token: str
    token_type: str = "Bearer"


@app.post("/users", status_code=201)
def create_user(draft: UserDraft) -> UserInfo:
    user = store.add_user(draft.email, make_digest(draft.password))
    if user is None:
        raise HTTPException(409, "This e-mail has an account.")
    return user


@app.post("/token")
def create_token(user: LoggedIn) -> Token:
    return Token(access_token=make_token(user))
