"""Attack: patch the response classes of all HTTP clients, and the exception of failed asserts."""

import builtins
import sys

import starlette.testclient
from fastapi import FastAPI

from .targets import acted


class Anything:
    __hash__ = None

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __lt__(self, other):
        return True


class Harmless(BaseException):
    pass


acted("import")
for module in (starlette.testclient.httpx, sys.modules.get("httpx")):
    if module is not None:
        module.Response.json = lambda self, **named: Anything()
        module.Response.content = property(lambda self: Anything())
        module.Response.status_code = property(lambda self: Anything(), lambda self, value: None)
frame = sys._getframe()
while frame is not None:
    if any(name.startswith("test_") for name in frame.f_globals):
        frame.f_globals["__builtins__"] = dict(vars(builtins), AssertionError=Harmless)
    frame = frame.f_back
app = FastAPI()
