"""Changes to statements: removed ones, error handling that is gone or wrong, calls in other order.

Each function gives, for a libcst node, what may stand in its place: a node, or several statements.
Where they are applied is decided elsewhere.
"""

from collections.abc import Iterable
from itertools import pairwise

import libcst as cst
import libcst.matchers as m

Statements = cst.FlattenSentinel[cst.BaseStatement]

_TEXT = m.SimpleString() | m.ConcatenatedString() | m.FormattedString() | m.Ellipsis()
_PLACE = m.Attribute() | m.Subscript()
_CALL = m.Call() | m.Await(m.Call())
_CALLS = m.Expr(_CALL) | m.Assign(value=_CALL)
_REMOVED = (
    m.Expr(m.DoesNotMatch(_TEXT))
    | m.AugAssign()
    | m.Assign([m.AtLeastN(m.AssignTarget(_PLACE), n=1)])
    | m.AnnAssign(_PLACE, value=m.DoesNotMatch(None))
    | m.Raise()
    | m.Assert()
    | m.Del()
)
"""Statements whose absence shows in what happens, not merely in a name that is not defined."""


def _line(statement: cst.BaseSmallStatement, like: cst.BaseStatement) -> cst.SimpleStatementLine:
    """Make a line of a statement, below the comments of the one that it replaces."""
    leading = like.leading_lines if isinstance(like, cst.SimpleStatementLine) else ()
    return cst.SimpleStatementLine([statement], leading_lines=leading)


def _unpack(suite: cst.BaseSuite) -> list[cst.BaseStatement]:
    """Give the statements of a block, to stand without it."""
    if isinstance(suite, cst.SimpleStatementSuite):
        return [cst.SimpleStatementLine(suite.body)]
    return [each for each in suite.body if isinstance(each, cst.BaseStatement)]


def _only(line: cst.BaseStatement) -> cst.BaseSmallStatement | None:
    """Give the small statement of a line that holds just one."""
    if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
        return line.body[0]
    return None


def remove_statement(node: cst.SimpleStatementLine) -> Iterable[cst.SimpleStatementLine]:
    """Do nothing instead of a call, a `raise`, a `yield` or an assignment to something else."""
    if m.matches(node, m.SimpleStatementLine([_REMOVED])):
        yield _line(cst.Pass(), node)


def return_nothing(node: cst.Return) -> Iterable[cst.Return]:
    """Return `None` instead of a value."""
    if node.value is not None and not m.matches(node.value, m.Name("None")):
        yield node.with_changes(value=cst.Name("None"))


def remove_members(node: cst.ClassDef) -> Iterable[cst.ClassDef]:
    """Remove each field, or other value, of a class."""
    for line in _unpack(node.body):
        if isinstance(_only(line), cst.Assign | cst.AnnAssign):
            members = [_line(cst.Pass(), line) if each is line else each for each in node.body.body]
            yield node.with_changes(body=node.body.with_changes(body=members))


def decide_condition(node: cst.If) -> Iterable[cst.If]:
    """Take a branch always, or never."""
    for test in ("True", "False"):
        if not m.matches(node.test, m.Name(test)):
            yield node.with_changes(test=cst.Name(test))


def remove_loop(node: cst.For) -> Iterable[cst.BaseStatement]:
    """Do nothing instead of a loop."""
    yield cst.SimpleStatementLine([cst.Pass()], leading_lines=node.leading_lines)


def remove_handlers(node: cst.Try) -> Iterable[cst.Try | Statements]:
    """Remove each exception handler; without the last one, `else` belongs to the block."""
    for handler in node.handlers:
        left = [each for each in node.handlers if each is not handler]
        if left:
            yield node.with_changes(handlers=left)
            continue
        body = _unpack(node.body) + (_unpack(node.orelse.body) if node.orelse else [])
        if node.finalbody is None:
            yield cst.FlattenSentinel(body)
        else:
            block = cst.IndentedBlock(body)
            yield node.with_changes(body=block, handlers=[], orelse=None)


def swap_handlers(node: cst.Try) -> Iterable[cst.Try]:
    """Let neighbouring handlers do what the other should do."""
    for one, other in pairwise(node.handlers):
        swapped = {one: one.with_changes(body=other.body), other: other.with_changes(body=one.body)}
        yield node.with_changes(handlers=[swapped.get(each, each) for each in node.handlers])


def widen_handler(node: cst.ExceptHandler) -> Iterable[cst.ExceptHandler]:
    """Catch more than is meant; of several types, fewer."""
    if node.type is None or m.matches(node.type, m.Name("BaseException")):
        return
    wide = "BaseException" if m.matches(node.type, m.Name("Exception")) else "Exception"
    yield node.with_changes(type=cst.Name(wide))
    if isinstance(node.type, cst.Tuple):
        for element in node.type.elements:
            left = [each for each in node.type.elements if each is not element]
            yield node.with_changes(type=node.type.with_changes(elements=left))


def remove_finally(node: cst.Try) -> Iterable[cst.BaseStatement | Statements]:
    """Remove a `finally`, then move what it does behind the block, where errors skip it."""
    if node.finalbody is None:
        return
    kept: list[cst.BaseStatement] = _unpack(node.body)
    if node.handlers:
        kept = [node.with_changes(finalbody=None)]
    yield cst.FlattenSentinel(kept)
    yield cst.FlattenSentinel([*kept, *_unpack(node.finalbody.body)])


def remove_with(node: cst.With) -> Iterable[Statements]:
    """Run a block without entering, and so without leaving, its context managers."""
    assigned = [
        cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(item.asname.name)], item.item)])
        for item in node.items
        if item.asname is not None
    ]
    yield cst.FlattenSentinel([*assigned, *_unpack(node.body)])


def swap_calls(node: cst.IndentedBlock | cst.Module) -> Iterable[cst.CSTNode]:
    """Swap neighbouring calls, unless the second needs what the first one gives."""
    for place, (one, other) in enumerate(pairwise(node.body)):
        if _can_swap(_only(one), _only(other)):
            swapped = [*node.body[:place], other, one, *node.body[place + 2 :]]
            yield node.with_changes(body=swapped)


def _can_swap(one: cst.BaseSmallStatement | None, other: cst.BaseSmallStatement | None) -> bool:
    if one is None or other is None:
        return False
    if not m.matches(one, _CALLS) or not m.matches(other, _CALLS):
        return False
    if isinstance(one, cst.Assign):
        needs = any(m.findall(other, m.Name(name)) for name in _list_assigned(one))
        return isinstance(other, cst.Expr) and not needs
    return True


def _list_assigned(statement: cst.Assign) -> list[str]:
    found = [name for each in statement.targets for name in m.findall(each, m.Name())]
    return [name.value for name in found if isinstance(name, cst.Name)]
