"""Attack: change classes that the next submission, forked from the same parent, would use."""

import fastapi
import fastapi.routing
import pydantic
import starlette.responses
from fastapi import FastAPI

from .targets import acted

app = FastAPI()


def refuse(*arguments, **named):
    raise SystemExit("POI" + "SONED")


acted("import")
fastapi.FastAPI.get = fastapi.FastAPI.post = refuse
fastapi.routing.APIRoute.__init__ = refuse
starlette.responses.JSONResponse.render = lambda self, content: b'{"poisoned": true}'
pydantic.BaseModel.__init__ = refuse
