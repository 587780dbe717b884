"""Attack: raise what is unpleasant to describe."""

from .targets import VARIANT, acted


class Unspeakable(Exception):
    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__


class Recursive(Exception):
    def __str__(self):
        return str(self)


def nest(depth):
    error = ValueError("innermost")
    for _ in range(depth):
        error = ExceptionGroup("nested", [error])
    return error


class Long(Exception):
    def __str__(self):
        return "x" * 50_000_000


Long.__name__ = Long.__qualname__ = "\x1b[2J" * 1000
ERRORS = {
    "unspeakable": Unspeakable,
    "recursive": Recursive,
    "nested": lambda: nest(50),
    "long": Long,
    "interrupt": KeyboardInterrupt,
    "exit": GeneratorExit,
}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    acted("request")
    raise ERRORS[VARIANT]()
