"""Mutation operators: for a piece of source, the pieces that may stand in its place.

They change what FastAPI and pydantic read, statements, and expressions. Where they are applied is
decided elsewhere.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise
from typing import Any

import libcst as cst
import libcst.matchers as m

from . import framework_operators

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


_OTHER_NAMES = {"True": "False", "False": "True", "deepcopy": "copy"}
_OTHER_TEXT_METHODS = {
    one: other
    for pair in (
        ("lower", "upper"),
        ("lstrip", "rstrip"),
        ("find", "rfind"),
        ("ljust", "rjust"),
        ("index", "rindex"),
        ("removeprefix", "removesuffix"),
        ("partition", "rpartition"),
        ("split", "rsplit"),
    )
    for one, other in (pair, pair[::-1])
}
_SPLITTING = {"split", "rsplit"}
_OTHER_OPERATORS: dict[type[cst.CSTNode], type[cst.CSTNode]] = {
    cst.Add: cst.Subtract,
    cst.Subtract: cst.Add,
    cst.Multiply: cst.Divide,
    cst.Divide: cst.Multiply,
    cst.FloorDivide: cst.Divide,
    cst.Modulo: cst.Divide,
    cst.Power: cst.Multiply,
    cst.LeftShift: cst.RightShift,
    cst.RightShift: cst.LeftShift,
    cst.BitAnd: cst.BitOr,
    cst.BitOr: cst.BitAnd,
    cst.BitXor: cst.BitAnd,
    cst.Plus: cst.Minus,
    cst.Minus: cst.Plus,
    cst.And: cst.Or,
    cst.Or: cst.And,
    cst.Equal: cst.NotEqual,
    cst.NotEqual: cst.Equal,
    cst.LessThan: cst.LessThanEqual,
    cst.LessThanEqual: cst.LessThan,
    cst.GreaterThan: cst.GreaterThanEqual,
    cst.GreaterThanEqual: cst.GreaterThan,
    cst.Is: cst.IsNot,
    cst.IsNot: cst.Is,
    cst.In: cst.NotIn,
    cst.NotIn: cst.In,
    cst.AddAssign: cst.SubtractAssign,
    cst.SubtractAssign: cst.AddAssign,
    cst.MultiplyAssign: cst.DivideAssign,
    cst.DivideAssign: cst.MultiplyAssign,
    cst.BitAndAssign: cst.BitOrAssign,
    cst.BitOrAssign: cst.BitAndAssign,
}
_NONE = m.Name("None")

Operation = (
    cst.BinaryOperation
    | cst.BooleanOperation
    | cst.UnaryOperation
    | cst.ComparisonTarget
    | cst.AugAssign
)
"""What has an operator that another one can replace."""


def raise_number(node: cst.Integer | cst.Float) -> Iterable[cst.BaseExpression]:
    """Make a number one more."""
    raised = node.evaluated_value + 1
    if math.isfinite(raised):
        yield node.with_changes(value=repr(raised))


def change_string(node: cst.SimpleString) -> Iterable[cst.SimpleString]:
    """Make another text; a path stays a path, or the app would not even import."""
    if len(node.quote) == 1:
        text = node.raw_value
        changed = text.upper() if text.startswith("/") else f"XX{text}XX"
        yield node.with_changes(value=f"{node.prefix}{node.quote}{changed}{node.quote}")


def change_name(node: cst.Name) -> Iterable[cst.Name]:
    """Replace a constant by its opposite, a deep copy by a shallow one."""
    if other := _OTHER_NAMES.get(node.value):
        yield node.with_changes(value=other)


def assign_nothing(node: cst.Assign | cst.AnnAssign) -> Iterable[cst.CSTNode]:
    """Assign `None`, or an empty text where it was `None`."""
    if node.value is not None:
        was_none = m.matches(node.value, _NONE)
        yield node.with_changes(value=cst.SimpleString('""') if was_none else cst.Name("None"))


def forget_assigned(node: cst.AugAssign) -> Iterable[cst.Assign]:
    """Assign what should be added."""
    yield cst.Assign([cst.AssignTarget(node.target)], node.value, node.semicolon)


def remove_negation(node: cst.UnaryOperation) -> Iterable[cst.BaseExpression]:
    """Take `not` away."""
    if isinstance(node.operator, cst.Not | cst.BitInvert):
        yield node.expression


def change_operator(node: Operation) -> Iterable[cst.CSTNode]:
    """Calculate or compare with the neighbour of an operator."""
    if other := _OTHER_OPERATORS.get(type(node.operator)):
        yield node.with_changes(operator=other())


def leave_loop(node: cst.Continue) -> Iterable[cst.Break]:
    """End a loop instead of its round."""
    yield cst.Break(semicolon=node.semicolon)


def leave_function(node: cst.Break) -> Iterable[cst.Return]:
    """End the function instead of its loop."""
    yield cst.Return(semicolon=node.semicolon)


def rename_keys(node: cst.Call) -> Iterable[cst.Call]:
    """Change each key of a `dict(…)` call."""
    if m.matches(node, m.Call(m.Name("dict"), [m.AtLeastN(m.Arg(keyword=m.Name()), n=1)])):
        for argument in node.args:
            if argument.keyword is not None:
                key = argument.keyword.with_changes(value=f"{argument.keyword.value}XX")
                yield _replace_argument(node, argument, argument.with_changes(keyword=key))


def remove_arguments(node: cst.Call) -> Iterable[cst.Call]:
    """Leave out each argument that has a name, make `None` of each that has none."""
    for argument in node.args:
        if not argument.star and not m.matches(argument.value, _NONE):
            nothing = argument.with_changes(value=cst.Name("None"))
            if argument.keyword is None or len(node.args) == 1:
                yield _replace_argument(node, argument, nothing)
        if len(node.args) > 1 and (argument.star or argument.keyword is not None):
            left = [each for each in node.args if each is not argument]
            yield node.with_changes(args=left)


def _replace_argument(call: cst.Call, before: cst.Arg, after: cst.Arg) -> cst.Call:
    return call.with_changes(args=[after if each is before else each for each in call.args])


def change_method(node: cst.Call) -> Iterable[cst.Call]:
    """Look at a text from the other end, or make it of the other case."""
    if not m.matches(node.func, m.Attribute()):
        return
    method = cst.ensure_type(node.func, cst.Attribute).attr
    if method.value in _SPLITTING:
        named = {each.keyword.value for each in node.args if each.keyword is not None}
        if len(node.args) < 2 and "maxsplit" not in named:  # all parts, from whichever end
            return
    if other := _OTHER_TEXT_METHODS.get(method.value):
        yield node.with_deep_changes(method, value=other)


def return_none(node: cst.Lambda) -> Iterable[cst.Lambda]:
    """Let a lambda give `None`, or 0 where it did."""
    was_none = m.matches(node.body, _NONE)
    yield node.with_changes(body=cst.Integer("0") if was_none else cst.Name("None"))


def remove_cases(node: cst.Match) -> Iterable[cst.Match]:
    """Leave out each case."""
    if len(node.cases) > 1:
        for case in node.cases:
            yield node.with_changes(cases=[each for each in node.cases if each is not case])


def decide_choice(node: cst.IfExp) -> Iterable[cst.IfExp]:
    """Choose always the one value, or always the other."""
    for test in ("False", "True"):
        yield node.with_changes(test=cst.Name(test))


Replacement = cst.CSTNode | cst.FlattenSentinel[Any]
Mutate = Callable[[Any], Iterable[Replacement]]


class Place(Enum):
    """Where an operator is applied; annotations are those that FastAPI or pydantic read."""

    ANYWHERE = auto()
    CODE = auto()
    ANNOTATION = auto()
    SIGNATURE = auto()
    """Functions that FastAPI calls, their parameters, and the fields of models."""


@dataclass(frozen=True)
class Operator:
    """One kind of change: to a node of a type it gives the nodes that may stand in its place."""

    name: str
    node: type[cst.CSTNode]
    mutate: Mutate
    place: Place = Place.ANYWHERE


_OPERATIONS: tuple[type[cst.CSTNode], ...] = Operation.__args__
"""Not in annotations: these would only make what cannot be imported, such as `int & None`."""

OPERATORS = (
    Operator("number", cst.Integer, raise_number),
    Operator("number", cst.Float, raise_number),
    Operator("string", cst.SimpleString, change_string),
    Operator("name", cst.Name, change_name),
    Operator("assignment", cst.Assign, assign_nothing),
    Operator("assignment", cst.AnnAssign, assign_nothing),
    Operator("augmented-assignment", cst.AugAssign, forget_assigned),
    Operator("negation", cst.UnaryOperation, remove_negation),
    Operator("key", cst.Call, rename_keys),
    Operator("argument", cst.Call, remove_arguments),
    Operator("text-method", cst.Call, change_method),
    Operator("lambda", cst.Lambda, return_none),
    *(Operator("swap-op", node, change_operator, Place.CODE) for node in _OPERATIONS),
    Operator("loop-end", cst.Continue, leave_loop),
    Operator("loop-end", cst.Break, leave_function),
    Operator("case", cst.Match, remove_cases),
    Operator("choice", cst.IfExp, decide_choice),
    Operator("lower-number", cst.Integer, framework_operators.lower_number),
    Operator("text", cst.FormattedStringText, framework_operators.change_text),
    Operator("text", cst.FormattedStringExpression, framework_operators.remove_value),
    Operator("bound", cst.Arg, framework_operators.move_bound),
    Operator("status", cst.Attribute, framework_operators.change_status),
    Operator("link", cst.Call, framework_operators.remove_link),
    Operator("await", cst.Await, framework_operators.remove_await),
    Operator("decorator", cst.FunctionDef, framework_operators.remove_decorators),
    Operator("decorator", cst.ClassDef, framework_operators.remove_decorators),
    Operator("method", cst.Decorator, framework_operators.change_method),
    Operator("metadata", cst.Subscript, framework_operators.remove_metadata),
    Operator("type", cst.Name, framework_operators.change_type, Place.ANNOTATION),
    Operator("optional", cst.BinaryOperation, framework_operators.remove_none, Place.ANNOTATION),
    Operator("annotation", cst.Param, framework_operators.remove_annotation, Place.SIGNATURE),
    Operator("default", cst.Param, framework_operators.remove_default, Place.SIGNATURE),
    Operator("default", cst.AnnAssign, framework_operators.remove_field_default, Place.SIGNATURE),
    Operator(
        "return-type", cst.FunctionDef, framework_operators.remove_return_type, Place.SIGNATURE
    ),
    Operator("statement", cst.SimpleStatementLine, remove_statement),
    Operator("return", cst.Return, return_nothing),
    Operator("member", cst.ClassDef, remove_members),
    Operator("condition", cst.If, decide_condition),
    Operator("loop", cst.For, remove_loop),
    Operator("handler", cst.Try, remove_handlers),
    Operator("swap-handlers", cst.Try, swap_handlers),
    Operator("widen-handler", cst.ExceptHandler, widen_handler),
    Operator("finally", cst.Try, remove_finally),
    Operator("with", cst.With, remove_with),
    Operator("order", cst.IndentedBlock, swap_calls),
    Operator("order", cst.Module, swap_calls),
)
