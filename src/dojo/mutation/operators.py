"""Operators: which small changes are made to which nodes, in the order in which they are tried.

What any Python program has (numbers, comparisons, arguments …) is changed by the operators of
mutmut: functions from a libcst node to changed nodes, without state. Its command line does not
fit here, because it runs the tests in the process of the program. The functions are no promised
interface, so the version is bounded in `pyproject.toml` and the tests say what must come out.
What FastAPI and this curriculum live on, mutmut lacks: see `framework` and `statements`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import libcst as cst
from mutmut.mutation.mutators import mutation_operators

from . import framework, statements

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


def _choose_string(before: cst.BaseString, after: list[cst.BaseString]) -> list[cst.BaseString]:
    """Keep one change: a path stays a path, or the app would not even import."""
    is_path = isinstance(before, cst.SimpleString) and before.raw_value.startswith("/")
    return after[-1:] if is_path else after[:1]


def _choose_arguments(before: cst.Call, after: list[cst.Call]) -> list[cst.Call]:
    """Keep one change for each argument: named ones are removed, others become `None`."""
    alone = len(before.args) == 1
    return [call for call in after if alone or _is_removed_name(before, call)]


def _is_removed_name(before: cst.Call, after: cst.Call) -> bool:
    changed = next(each for each in before.args if not any(each is same for same in after.args))
    is_removed = len(after.args) < len(before.args)
    return is_removed == (changed.keyword is not None or changed.star != "")


def _choose_all(_: cst.CSTNode, after: list[Any]) -> list[Any]:
    return after


_CHOICES: dict[str, Callable[[Any, list[Any]], list[Any]]] = {
    "operator_string": _choose_string,
    "operator_arg_removal": _choose_arguments,
}
_CODE_ONLY = {"operator_swap_op", "operator_keywords"}
"""In an annotation these would only make what cannot be imported, such as `int & None`."""


def _adopt(node: type[cst.CSTNode], mutate: Callable[[Any], Iterable[Any]]) -> Operator:
    full_name = mutate.__name__
    choose: Callable[[Any, list[Any]], list[Any]] = _CHOICES.get(full_name, _choose_all)
    name = full_name.removeprefix("operator_").replace("_", "-")
    place = Place.CODE if full_name in _CODE_ONLY else Place.ANYWHERE

    def mutate_chosen(before: cst.CSTNode) -> Iterable[Any]:
        return choose(before, list(mutate(before)))

    return Operator(name, node, mutate_chosen, place)


OPERATORS = (
    *(_adopt(node, mutate) for node, mutate in mutation_operators),
    Operator("lower-number", cst.Integer, framework.lower_number),
    Operator("text", cst.FormattedStringText, framework.change_text),
    Operator("text", cst.FormattedStringExpression, framework.remove_value),
    Operator("bound", cst.Arg, framework.move_bound),
    Operator("status", cst.Attribute, framework.change_status),
    Operator("link", cst.Call, framework.remove_link),
    Operator("await", cst.Await, framework.remove_await),
    Operator("decorator", cst.FunctionDef, framework.remove_decorators),
    Operator("decorator", cst.ClassDef, framework.remove_decorators),
    Operator("method", cst.Decorator, framework.change_method),
    Operator("metadata", cst.Subscript, framework.remove_metadata),
    Operator("type", cst.Name, framework.change_type, Place.ANNOTATION),
    Operator("optional", cst.BinaryOperation, framework.remove_none, Place.ANNOTATION),
    Operator("annotation", cst.Param, framework.remove_annotation, Place.SIGNATURE),
    Operator("default", cst.Param, framework.remove_default, Place.SIGNATURE),
    Operator("default", cst.AnnAssign, framework.remove_field_default, Place.SIGNATURE),
    Operator("return-type", cst.FunctionDef, framework.remove_return_type, Place.SIGNATURE),
    Operator("statement", cst.SimpleStatementLine, statements.remove_statement),
    Operator("return", cst.Return, statements.return_nothing),
    Operator("member", cst.ClassDef, statements.remove_members),
    Operator("condition", cst.If, statements.decide_condition),
    Operator("loop", cst.For, statements.remove_loop),
    Operator("handler", cst.Try, statements.remove_handlers),
    Operator("swap-handlers", cst.Try, statements.swap_handlers),
    Operator("widen-handler", cst.ExceptHandler, statements.widen_handler),
    Operator("finally", cst.Try, statements.remove_finally),
    Operator("with", cst.With, statements.remove_with),
    Operator("order", cst.IndentedBlock, statements.swap_calls),
    Operator("order", cst.Module, statements.swap_calls),
)
