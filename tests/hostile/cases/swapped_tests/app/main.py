"""Attack: replace the code of every test function in the process by one that does nothing."""

import gc
import types

from fastapi import FastAPI

from .targets import acted


def succeed(*arguments, **named):
    return None


def swap():
    for each in gc.get_objects():
        if isinstance(each, types.FunctionType) and each.__name__.startswith(("test_", "expect")):
            code = each.__code__
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            space = {}
            exec(f"def swapped({', '.join(names)}): pass", space)
            each.__code__ = space["swapped"].__code__


class Application(FastAPI):
    async def __call__(self, scope, receive, send):
        acted("request")
        swap()
        await super().__call__(scope, receive, send)


app = Application()


@app.get("/health")
def read_health():
    swap()
    return {"status": "swapped"}


class Trigger:
    """Runs at every collection, until the tests have been defined."""

    def __init__(self, left):
        self.left = left
        self.itself = self

    def __del__(self):
        acted("collection")
        swap()
        if self.left:
            Trigger(self.left - 1)


Trigger(200)
gc.collect()
