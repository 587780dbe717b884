"""Mutants compile, differ from each other, and never change what only people read."""

import ast

from dojo.model.catalogue import Kata
from dojo.proof.mutants import make_mutants

from .conftest import mutate, show

SESSIONS = '''
"""Sessions."""

from typing import Annotated, TYPE_CHECKING

if TYPE_CHECKING:
    from .database import Session


def find(number: int) -> "Session":
    """Find it."""
    size: int = number
    return size


def get_session(number: int):
    yield number


Needed = Annotated[int, Depends(get_session)]
'''


def test_same_mutants_every_time(kata: Kata) -> None:
    """Mutants come in a fixed order, from top to bottom, each with a name of its own."""
    mutants = make_mutants(kata)

    assert mutants == make_mutants(kata)
    assert [each.line for each in mutants] == sorted(each.line for each in mutants)
    assert len({each.id for each in mutants}) == len(mutants)


def test_mutant_says_where_it_is() -> None:
    """A mutant has an id, the definition that it changes, and a unified diff."""
    source = "class Box:\n    def fits(self, pieces):\n        return pieces > 3"
    mutant = next(each for each in mutate(source) if each.operator == "number")

    assert (mutant.id, mutant.within) == ("app/main.py:3:number:1", "Box.fits")
    assert mutant.diff == (
        "--- app/main.py",
        "+++ app/main.py",
        "@@ -1,3 +1,3 @@",
        " class Box:",
        "     def fits(self, pieces):",
        "-        return pieces > 3",
        "+        return pieces > 4",
    )


def test_mutants_compile_and_differ() -> None:
    """What does not compile, changes nothing or comes twice is left out."""
    source = "@app.get('/')\ndef f(a: int = 1, b: int = 2):\n    for _ in a:\n        break"
    meanings = [ast.dump(ast.parse(each.text)) for each in mutate(source)]

    assert len(set(meanings)) == len(meanings)
    assert ast.dump(ast.parse(source)) not in meanings
    assert "def f(a: int, b: int):" not in {show(each) for each in mutate(source)}


def test_unread_source_stays() -> None:
    """Docstrings, imports and annotations that nobody reads at run time stay as they are."""
    lines = {mutant.line for mutant in mutate(SESSIONS)}

    assert lines == {11, 12, 15, 16, 19}


def test_type_variables_stay() -> None:
    """Only type checkers read what a type variable is made of."""
    assert mutate('Kind = TypeVar("Kind", bound=Event)') == []


def test_dependency_types_are_read() -> None:
    """A function handed to `Depends` is called by FastAPI, which reads its parameters."""
    shown = {show(mutant) for mutant in mutate(SESSIONS)}

    assert "def get_session(number: str):" in shown
    assert "def find(number: str):" not in shown


def test_types_of_middleware_stay() -> None:
    """Starlette calls a middleware by position; FastAPI reads the types of a dependency's call."""
    source = "class A:\n    async def __call__(self, {}: dict, send: Send) -> None:\n        pass"
    middleware, dependency = (
        {mutant.line for mutant in mutate(source.format(name))} for name in ("scope", "query")
    )

    assert (middleware, dependency) == (set(), {2})


def test_documentation_stays_unless_promised() -> None:
    """A title is for people; one that the statement quotes is part of the contract."""
    source = 'app = FastAPI(title="Corner Shop", lifespan=run)'
    unpromised = {show(mutant) for mutant in mutate(source)}
    promised = {show(mutant) for mutant in mutate(source, "The title is `Corner Shop`.")}

    assert unpromised == {"app = None", 'app = FastAPI(title="Corner Shop", )'}
    assert "app = FastAPI(lifespan=run)" in promised
    assert 'app = FastAPI(title="XXCorner ShopXX", lifespan=run)' in promised


def test_unanswered_messages_stay() -> None:
    """The message of an exception is for people, unless it becomes an answer."""
    internal = mutate('raise RuntimeError("no database")')
    answered = mutate('raise HTTPException(404, "no such order")')

    assert [show(mutant) for mutant in internal] == ["pass"]
    assert 'raise HTTPException(404, "XXno such orderXX")' in {show(each) for each in answered}


def test_comments_stay_above_blocks() -> None:
    """A block that is unpacked keeps the comment above it, which is no part of the change."""
    mutants = mutate("# One at a time.\nwith lock:\n    work()")
    mutant = next(each for each in mutants if each.operator == "with")

    assert mutant.text == "# One at a time.\nwork()\n"
