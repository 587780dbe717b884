"""Each kind of mistake that a grader has to notice is made, where it can be made."""

import textwrap

import pytest

from .conftest import mutate, show

CHANGES = {
    "comparison": ("ok = pieces <= limit", "swap-op", "ok = pieces < limit"),
    "identity": ("ok = found is None", "swap-op", "ok = found is not None"),
    "boolean": ("ok = new and paid", "swap-op", "ok = new or paid"),
    "negation": ("ok = not paid", "negation", "ok = paid"),
    "truth": ("ok = True", "name", "ok = False"),
    "arithmetic": ("rest = price - paid", "swap-op", "rest = price + paid"),
    "number up": ("limit = 12", "number", "limit = 13"),
    "number down": ("limit = 12", "lower-number", "limit = 11"),
    "number below zero": ("limit = 0", "lower-number", "limit = -1"),
    "text": ('tier = "gold"', "string", 'tier = "XXgoldXX"'),
    "path": ('path = "/items"', "string", 'path = "/ITEMS"'),
    "f-string text": ('text = f"Hello {name}"', "text", 'text = f"Hello XX{name}"'),
    "f-string value": ('text = f"Hello {name}"', "text", 'text = f"Hello "'),
    "assignment": ("session = Session()", "assignment", "session = None"),
    "choice never": ("x = a if b else c", "choice", "x = a if False else c"),
    "choice always": ("x = a if b else c", "choice", "x = a if True else c"),
    "no value": ("x = None", "assignment", 'x = ""'),
    "addition": ("total += price", "augmented-assignment", "total = price"),
    "fraction": ("limit = 0.5", "number", "limit = 1.5"),
    "function": ("key = lambda x: x.name", "lambda", "key = lambda x: None"),
    "key": ("row = dict(a=1)", "key", "row = dict(aXX=1)"),
    "end of a text": ("x = name.lstrip()", "text-method", "x = name.rstrip()"),
    "end to split from": ('x = name.split(".", 1)', "text-method", 'x = name.rsplit(".", 1)'),
    "end of a round": ("while a:\n    continue", "loop-end", "break"),
    "case": (
        "match a:\n    case 1:\n        b()\n    case _:\n        c()",
        "case",
        "-    case 1: / -        b()",
    ),
    "named status": ("code = status.HTTP_201_CREATED", "status", "code = 202"),
    "standard status": ("code = HTTPStatus.NOT_FOUND", "status", "code = 405"),
    "plain argument": ("rows = load(first, second)", "argument", "rows = load(first, None)"),
    "named argument": ("x = Query(ge=1, le=9)", "argument", "x = Query(le=9)"),
    "only argument": ("x = Depends(get_session)", "argument", "x = Depends(None)"),
    "bound": ("x = Query(ge=1)", "bound", "x = Query(gt=1)"),
    "link of a chain": ("q = select(A).where(b)", "link", "q = select(A)"),
    "metadata": ("S = Annotated[Session, Depends(f)]", "metadata", "S = Session"),
    "one of more metadata": ("S = Annotated[int, a, b]", "metadata", "S = Annotated[int, b]"),
    "call": ("session.commit()", "statement", "pass"),
    "attribute": ("self.open = True", "statement", "pass"),
    "raise": ("raise Missing()", "statement", "pass"),
    "assert": ("assert ready", "statement", "pass"),
    "condition always": ("if late:\n    stop()", "condition", "if True:"),
    "condition never": ("if late:\n    stop()", "condition", "if False:"),
    "loop": ("for row in rows:\n    send(row)", "loop", "pass"),
    "order": ("flush()\nclose()", "order", "close()"),
    "order after assignment": ("x = flush()\nclose()", "order", "close()"),
}
FUNCTIONS = {
    "end of a loop": ("while a:\n    break", "loop-end", "return"),
    "await": ("rows = await load()", "await", "rows = load()"),
    "return": ("return rows", "return", "return None"),
    "yield": ("yield session", "statement", "pass"),
    "handler": ("try:\n    a()\nexcept E:\n    b()", "handler", "a()"),
    "wide handler": ("try:\n    a()\nexcept E:\n    b()", "widen-handler", "except Exception:"),
    "widest handler": (
        "try:\n    a()\nexcept Exception:\n    b()",
        "widen-handler",
        "except BaseException:",
    ),
    "one handler of two": (
        "try:\n    a()\nexcept E:\n    b()\nexcept F:\n    c()",
        "handler",
        "-    except E: / -        b()",
    ),
    "one exception of two": (
        "try:\n    a()\nexcept (E, F):\n    b()",
        "widen-handler",
        "except (F,):",
    ),
    "swapped handlers": (
        "try:\n    a()\nexcept E:\n    b()\nexcept F:\n    c()",
        "swap-handlers",
        "c() / except F:",
    ),
    "handler before finally": (
        "try:\n    a()\nexcept E:\n    b()\nfinally:\n    c()",
        "handler",
        "-    except E: / -        b()",
    ),
    "finally removed": ("try:\n    a()\nfinally:\n    c()", "finally", "a()"),
    "finally behind": ("try:\n    a()\nfinally:\n    c()", "finally", "a() / c()"),
    "with": ("with Session() as session:\n    a()", "with", "session = Session() / a()"),
    "async with": ("async with lock:\n    a()", "with", "a()"),
}
FRAMEWORK = {
    "decorator": ("decorator", '-@app.get("/items/{number}")'),
    "method": ("method", '@app.post("/items/{number}")'),
    "parameter type": ("type", "async def read(number: str, size: int = 5) -> Items:"),
    "parameter without type": ("annotation", "async def read(number, size: int = 5) -> Items:"),
    "required parameter": ("default", "async def read(number: int, size: int) -> Items:"),
    "return type": ("return-type", "async def read(number: int, size: int = 5):"),
    "removed field": ("member", "pass"),
    "field type": ("type", "total: str = 0"),
    "required field": ("default", "total: int"),
    "optional field": ("optional", "note: str"),
}
ROUTE = """
class Items(BaseModel):
    total: int = 0
    note: str | None

@app.get("/items/{number}")
async def read(number: int, size: int = 5) -> Items:
    return load(number, size)
"""


@pytest.mark.parametrize(("source", "operator", "expected"), CHANGES.values(), ids=CHANGES)
def test_statement_is_changed(source: str, operator: str, expected: str) -> None:
    """A statement is changed as somebody in a hurry might write it."""
    shown = {show(mutant) for mutant in mutate(source) if mutant.operator == operator}

    assert expected in shown


@pytest.mark.parametrize(("source", "operator", "expected"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_function_is_changed(source: str, operator: str, expected: str) -> None:
    """What only a coroutine may hold is changed in one."""
    body = textwrap.indent(source, "    ")
    mutants = mutate(f"async def work():\n{body}")

    assert expected in {show(mutant) for mutant in mutants if mutant.operator == operator}


@pytest.mark.parametrize(("operator", "expected"), FRAMEWORK.values(), ids=FRAMEWORK)
def test_route_and_model_are_changed(operator: str, expected: str) -> None:
    """What FastAPI and pydantic read is changed: decorators, types, defaults, fields."""
    shown = {show(mutant) for mutant in mutate(ROUTE) if mutant.operator == operator}

    assert expected in shown


def test_needed_value_keeps_order() -> None:
    """Two calls stay in order if the second needs what the first one gives."""
    mutants = mutate("session = Session()\nadd(session)")

    assert "order" not in {mutant.operator for mutant in mutants}


@pytest.mark.parametrize(
    "route",
    [
        "@app.get('/', response_model=Items)\nasync def read() -> Row:\n    return load()",
        "@app.get('/')\nasync def read() -> Items:\n    return Items(total=1)",
        "@app.get('/')\nasync def read() -> JSONResponse:\n    return load()",
        "def read() -> Items:\n    return load()",
    ],
    ids=["response model", "made of it", "response", "no route"],
)
def test_needless_return_type_stays(route: str) -> None:
    """A return type that FastAPI does not need is no mutant: without it all would be the same."""
    mutants = mutate(route)

    assert "return-type" not in {mutant.operator for mutant in mutants}
