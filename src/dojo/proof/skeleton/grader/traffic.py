"""Traffic of $id. REPLACE: which requests there are, and what the statement leaves open."""

from dojo.grader import Draw, Request, Traffic, request

NAMES = ("Zoe\u0308", "50%41 100%", "a+b", "  two  spaces ", '"\\n {0} %s', "x" * 3000)


def greet(draw: Draw) -> list[Request]:
    """Greet people with common names and with strange ones."""
    return [request("GET", "/greetings/{}", name) for name in (draw.name(), draw.deal(NAMES))]


traffic = Traffic(scenes=(greet,), requests=40)
