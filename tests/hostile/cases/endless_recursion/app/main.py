"""An accident, with the limit that would have caught it taken away."""

import sys

from fastapi import FastAPI

from .targets import acted

sys.setrecursionlimit(10**8)


class Endless:
    def __repr__(self):
        return repr(self)


acted("import")
repr(Endless())
app = FastAPI()
