"""An accident, with the limit that would have caught it taken away."""

import sys

from fastapi import FastAPI

sys.setrecursionlimit(10**8)


class Endless:
    def __repr__(self):
        return repr(self)


repr(Endless())
app = FastAPI()
