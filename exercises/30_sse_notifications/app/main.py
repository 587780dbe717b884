"""The app: the stream of a browser, the door for the archive, and a short route."""

from fastapi import FastAPI, status

from . import broker, stream
from .access import CurrentUser
from .broker import Notification
from .sessions import User

app = FastAPI(title="Notifications")
app.include_router(stream.router)


@app.post("/notifications", status_code=status.HTTP_204_NO_CONTENT)
async def take_notification(notification: Notification) -> None:
    broker.deliver(notification)


@app.get("/me")
async def read_me(user: CurrentUser) -> User:
    return user
