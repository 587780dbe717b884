"""Attack: have the host claim that calls returned, waited, were served and counted."""

from fastapi import FastAPI

import dojo.host.relay
import dojo.host.snapshot

from .targets import acted


async def claim(self, application):
    acted("call")
    number = self.number
    for _ in range(3):
        self._relay.write({"kind": "waiting", "call": number, "arrived": 99})
        self._relay.write({"kind": "returned", "call": number})
    self._relay.write({"kind": "served", "started": True})
    self._relay.write({"kind": "object_count", "objects": {"passed": 1}, "blocks": 0})
    self._relay.write({"kind": "moved", "at": 0.0})


dojo.host.relay.Call.run = claim
dojo.host.relay.ObjectCount.take = lambda self, frame: None
dojo.host.snapshot.confine = lambda limits: None
app = FastAPI()
