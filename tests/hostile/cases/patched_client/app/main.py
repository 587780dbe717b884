"""Attack: have every HTTP client in this process find what its caller hopes for."""

import starlette.testclient
from fastapi import FastAPI

from .targets import acted


class Anything:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __getattr__(self, name):
        return self

    def __call__(self, *arguments, **named):
        return self


acted("import")
starlette.testclient.TestClient.request = Anything()
try:
    import httpx
except ImportError:
    pass
else:
    httpx.Client.send = httpx.AsyncClient.send = Anything()
app = FastAPI()
