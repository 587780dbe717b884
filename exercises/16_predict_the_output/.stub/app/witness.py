"""Writes down when a response starts on its way to the client."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Witness:
    """A middleware that adds "response" to a list of events and changes nothing."""

    def __init__(self, app: ASGIApp, events: list[str]) -> None:
        self.app = app
        self.events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def witness(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.events.append("response")
            await send(message)

        await self.app(scope, receive, witness)
