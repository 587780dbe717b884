"""Changes to what FastAPI and pydantic read: decorators, annotations, defaults, status codes.

Each function gives, for a libcst node, the nodes that may stand in its place; none if it does not
concern this node. Where they are applied is decided elsewhere.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus

import libcst as cst
import libcst.matchers as m

_STATUS = re.compile(r"(?:HTTP|WS)_(\d+)_")
_OTHER_BOUNDS = {"ge": "gt", "gt": "ge", "le": "lt", "lt": "le"}
_OTHER_METHODS = {"get": "post", "post": "put", "put": "patch", "patch": "put", "delete": "post"}
_OTHER_TYPES = {
    "int": "str",
    "str": "int",
    "float": "int",
    "bool": "str",
    "Decimal": "float",
    "UUID": "str",
    "date": "str",
    "datetime": "str",
}


def lower_number(node: cst.Integer) -> Iterable[cst.BaseExpression]:
    """Make a whole number one less: a bound is wrong in both directions."""
    lowered = node.evaluated_value - 1
    number = cst.Integer(str(abs(lowered)))
    yield number if lowered >= 0 else cst.UnaryOperation(cst.Minus(), number)


def change_text(node: cst.FormattedStringText) -> Iterable[cst.CSTNode]:
    """Change the text between the braces of an f-string."""
    yield node.with_changes(value=f"{node.value}XX")


def remove_value(node: cst.FormattedStringExpression) -> Iterable[cst.CSTNode]:  # noqa: ARG001
    """Leave a value out of an f-string."""
    yield cst.FormattedStringText("")


def move_bound(node: cst.Arg) -> Iterable[cst.Arg]:
    """Let a bound belong to what is allowed, or no longer."""
    if node.keyword is not None and (other := _OTHER_BOUNDS.get(node.keyword.value)):
        yield node.with_changes(keyword=cst.Name(other))


def change_status(node: cst.Attribute) -> Iterable[cst.BaseExpression]:
    """Replace a named status code by the next number."""
    name = node.attr.value
    if found := _STATUS.match(name):
        yield cst.Integer(str(int(found[1]) + 1))
    elif m.matches(node.value, m.Name("HTTPStatus")) and name in HTTPStatus.__members__:
        yield cst.Integer(str(HTTPStatus[name] + 1))


def remove_link(node: cst.Call) -> Iterable[cst.BaseExpression]:
    """Leave one call out of a chain, such as `.where(…)` of a query."""
    if m.matches(node.func, m.Attribute(value=m.Call())):
        yield cst.ensure_type(node.func, cst.Attribute).value


def remove_await(node: cst.Await) -> Iterable[cst.BaseExpression]:
    """Leave the coroutine where its result should be."""
    inner = node.expression
    yield inner.with_changes(lpar=[*node.lpar, *inner.lpar], rpar=[*inner.rpar, *node.rpar])


def remove_decorators(node: cst.FunctionDef | cst.ClassDef) -> Iterable[cst.CSTNode]:
    """Remove each decorator."""
    for decorator in node.decorators:
        yield node.with_changes(decorators=[d for d in node.decorators if d is not decorator])


def change_method(node: cst.Decorator) -> Iterable[cst.Decorator]:
    """Register a route for another method."""
    if m.matches(node, m.Decorator(m.Call(m.Attribute()))):
        call = cst.ensure_type(node.decorator, cst.Call)
        function = cst.ensure_type(call.func, cst.Attribute)
        if other := _OTHER_METHODS.get(function.attr.value):
            changed = call.with_changes(func=function.with_changes(attr=cst.Name(other)))
            yield node.with_changes(decorator=changed)


def remove_metadata(node: cst.Subscript) -> Iterable[cst.CSTNode]:
    """Remove each thing that `Annotated` adds to a type: `Depends`, `Query`, `Field` …"""
    if not m.matches(node.value, m.Name("Annotated") | m.Attribute(attr=m.Name("Annotated"))):
        return
    for removed in node.slice[1:]:
        left = [each for each in node.slice if each is not removed]
        left[-1] = left[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        if len(left) > 1:
            yield node.with_changes(slice=left)
        elif isinstance(left[0].slice, cst.Index):
            yield left[0].slice.value


def change_type(node: cst.Name) -> Iterable[cst.Name]:
    """Ask for another simple type."""
    if other := _OTHER_TYPES.get(node.value):
        yield node.with_changes(value=other)


def remove_none(node: cst.BinaryOperation) -> Iterable[cst.BaseExpression]:
    """Ask for a value where `None` was allowed too."""
    if m.matches(node, m.BinaryOperation(operator=m.BitOr())):
        sides = (node.left, node.right), (node.right, node.left)
        yield from (kept for kept, other in sides if m.matches(other, m.Name("None")))


def remove_annotation(node: cst.Param) -> Iterable[cst.Param]:
    """Take the type of a parameter away; what comes without one is a text anyway."""
    if node.annotation is not None and not m.matches(node.annotation.annotation, m.Name("str")):
        yield node.with_changes(annotation=None, equal=cst.MaybeSentinel.DEFAULT)


def remove_default(node: cst.Param) -> Iterable[cst.Param]:
    """Make a parameter required."""
    if node.default is not None:
        yield node.with_changes(default=None, equal=cst.MaybeSentinel.DEFAULT)


def remove_field_default(node: cst.AnnAssign) -> Iterable[cst.AnnAssign]:
    """Make a field required."""
    if node.value is not None:
        yield node.with_changes(value=None, equal=cst.MaybeSentinel.DEFAULT)


def remove_return_type(node: cst.FunctionDef) -> Iterable[cst.FunctionDef]:
    """Take the return type of a route away, by which FastAPI filters and documents its answers.

    Not where the answer is made of this very type, or is a ready response, or where FastAPI takes
    the `response_model` of the decorator: it would be the same.
    """
    named = m.Arg(keyword=m.Name("response_model"))
    modelled = any(m.findall(decorator, named) for decorator in node.decorators)
    if node.returns is None or not node.decorators or modelled:
        return
    returned = [cst.ensure_type(each, cst.Return).value for each in m.findall(node, m.Return())]
    made = {each.func for each in returned if isinstance(each, cst.Call)}
    ready = m.Name(m.MatchRegex(r".*Response"))
    is_same = len(made) == len(returned) and all(
        node.returns.annotation.deep_equals(each) for each in made
    )
    if not is_same and not m.matches(node.returns.annotation, ready):
        yield node.with_changes(returns=None)
