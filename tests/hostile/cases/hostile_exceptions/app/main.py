"""Attack: raise what is unpleasant to describe."""

import itertools


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
errors = itertools.cycle(
    [Unspeakable(), Recursive(), nest(50), Long(), KeyboardInterrupt(), GeneratorExit()]
)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    raise next(errors)
