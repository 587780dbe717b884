"""Changes to what any Python program is made of: values, operators, calls, assignments.

Each function gives, for a libcst node, the nodes that may stand in its place; none if it does not
concern this node. Where they are applied is decided elsewhere.
"""

import math
from collections.abc import Iterable

import libcst as cst
import libcst.matchers as m

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
