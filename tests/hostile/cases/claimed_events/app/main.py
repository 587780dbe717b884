"""Attack: have the host claim that calls returned, waited, were served and counted."""

import dojo.host.base
import dojo.host.census
from fastapi import FastAPI

import dojo.host.relay


async def claim(self, application):
    number = self.number
    for _ in range(3):
        self._relay.write({"kind": "waiting", "call": number, "arrived": 99})
        self._relay.write({"kind": "returned", "call": number})
    self._relay.write({"kind": "served", "started": True})
    self._relay.write({"kind": "census", "objects": {"passed": 1}})
    self._relay.write({"kind": "moved", "at": 0.0})


dojo.host.relay.Call.run = claim
dojo.host.census.Census.take = lambda self, frame: None
dojo.host.base.confine = lambda limits: None
app = FastAPI()
