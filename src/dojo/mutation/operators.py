"""Operators: which small changes are made to which nodes, in the order in which they are tried.

What they do is in `expressions`, `statements` and `framework`, which has what FastAPI lives on.
The same operators change solutions of katas and the engine itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import libcst as cst

from . import expressions, framework, statements

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


_OPERATIONS: tuple[type[cst.CSTNode], ...] = expressions.Operation.__args__
"""Not in annotations: these would only make what cannot be imported, such as `int & None`."""

OPERATORS = (
    Operator("number", cst.Integer, expressions.raise_number),
    Operator("number", cst.Float, expressions.raise_number),
    Operator("string", cst.SimpleString, expressions.change_string),
    Operator("name", cst.Name, expressions.change_name),
    Operator("assignment", cst.Assign, expressions.assign_nothing),
    Operator("assignment", cst.AnnAssign, expressions.assign_nothing),
    Operator("augmented-assignment", cst.AugAssign, expressions.forget_assigned),
    Operator("negation", cst.UnaryOperation, expressions.remove_negation),
    Operator("key", cst.Call, expressions.rename_keys),
    Operator("argument", cst.Call, expressions.remove_arguments),
    Operator("text-method", cst.Call, expressions.change_method),
    Operator("lambda", cst.Lambda, expressions.return_none),
    *(Operator("swap-op", node, expressions.change_operator, Place.CODE) for node in _OPERATIONS),
    Operator("loop-end", cst.Continue, expressions.leave_loop),
    Operator("loop-end", cst.Break, expressions.leave_function),
    Operator("case", cst.Match, expressions.remove_cases),
    Operator("choice", cst.IfExp, expressions.decide_choice),
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
