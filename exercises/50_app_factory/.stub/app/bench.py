"""The bench: it runs several pods in one process, as our tests do. Written by a colleague.

For each pod it is the server. It runs the lifespan, and passes on what comes to `/pods/{shop}/…`.
"""

import asyncio
import re
import traceback
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI, HTTPException
from pydantic import BaseModel
from starlette.types import Message, Receive, Scope, Send

from .main import create_app
from .resources import STEPS, Fault, Settings, Steps

Command = Literal["start", "stop", "cancel"]
Faults = Annotated[dict[str, Fault | None], Body(default_factory=dict)]


class Report(BaseModel):
    """What a pod is doing, what its resources did since the last report, and what went wrong."""

    state: str
    did: list[str]
    errors: list[str]


class Pod:
    """One app with its lifespan."""

    def __init__(self, shop: str) -> None:
        self.steps = STEPS[shop] = Steps()
        self.app = create_app(Settings(shop=shop))
        self.command = ""
        self.state: dict[str, Any] = {}
        self.sent: dict[str, str] = {}
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None

    def obey(self, command: Command) -> None:
        """Do what a server does at its start, at its end, or when it has no more patience."""
        self.command = command
        if self.task is None:
            self.task = asyncio.create_task(self._live())
        if command == "cancel":
            self.task.cancel()
        else:
            verb = "startup" if command == "start" else "shutdown"
            self.inbox.put_nowait({"type": f"lifespan.{verb}"})

    async def _live(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self.state}
        try:
            await self.app(scope, self.inbox.get, self._send)
        except BaseException:
            self.sent["raised"] = traceback.format_exc()

    async def _send(self, message: Message) -> None:
        self.sent[message["type"].removeprefix("lifespan.")] = message.get("message", "")

    def tell(self) -> str:
        """Say in a word what the pod is doing."""
        if self.task is None:
            return "made"
        begun = "startup.complete" in self.sent
        if not self.task.done():
            return "stopping" if self.command != "start" else "running" if begun else "starting"
        if self.command == "cancel" and not self.list_errors():
            return "cancelled"
        if not begun:
            return "start failed"
        return "stopped" if "shutdown.complete" in self.sent else "stop failed"

    def list_errors(self) -> list[str]:
        """Give the starts and stops whose errors are in the traceback that a server prints."""
        found = re.findall(r"\w+\.(?:start|stop) of \w+ fails", "".join(self.sent.values()))
        return sorted(set(found))

    async def report(self) -> Report:
        """Wait until the pod has done what it was told or waits itself, and say what happened."""
        turns = 200  # of the event loop, in which what runs besides goes on until it waits, too
        while turns or (self.tell() in ("starting", "stopping") and not self.steps.waiting):
            turns = max(turns - 1, 0)
            await asyncio.sleep(0)
        did, self.steps.did = self.steps.did, []
        return Report(state=self.tell(), did=did, errors=self.list_errors())


app = FastAPI(title="Bench")
pods: dict[str, Pod] = {}


def find_pod(shop: str) -> Pod:
    if shop not in pods:
        raise HTTPException(404, f"There is no pod for {shop}.")
    return pods[shop]


@app.put("/bench/{shop}")
async def make_pod(shop: str, faults: Faults) -> Report:
    """Make a pod, and do not start it."""
    pods[shop] = Pod(shop)
    return await change_faults(shop, faults)


@app.patch("/bench/{shop}")
async def change_faults(shop: str, faults: Faults) -> Report:
    """Change what fails and what waits; `null` stands for a step that works."""
    steps = find_pod(shop).steps
    steps.faults = {step: each for step, each in (steps.faults | faults).items() if each}
    steps.changed.set()
    return await pods[shop].report()


@app.post("/bench/{shop}/{command}")
async def command_pod(shop: str, command: Command, faults: Faults) -> Report:
    """Start, stop or cancel a pod. A start makes it first, unless it is made and not started."""
    if command == "start" and (shop not in pods or pods[shop].tell() != "made"):
        await make_pod(shop, faults)
    find_pod(shop).obey(command)
    return await pods[shop].report()


async def pass_on(scope: Scope, receive: Receive, send: Send) -> None:
    shop, _, rest = scope["path"].removeprefix("/pods/").partition("/")
    pod = find_pod(shop)
    inner = {"path": f"/{rest}", "raw_path": f"/{rest}".encode(), "root_path": ""}
    await pod.app({**scope, **inner, "state": dict(pod.state)}, receive, send)


app.mount("/pods", pass_on)
