"""Attack: put answers to the next calls into the connection before anybody asks."""

from fastapi import FastAPI

from dojo.host.relay import Relay

from .targets import acted

run = Relay.run


async def run_ahead(self):
    acted("connection")
    for call in range(2, 30):
        start = {"type": "http.response.start", "status": 200, "headers": []}
        body = {"type": "http.response.body", "body": b'{"status": "early"}'}
        self.write({"kind": "send", "call": call, "event": start, "endpoint": None})
        self.write({"kind": "send", "call": call, "event": body})
        self.write({"kind": "returned", "call": call})
    await run(self)


Relay.run = run_ahead
app = FastAPI()
