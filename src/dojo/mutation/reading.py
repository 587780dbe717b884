"""Reading: who reads a piece of source: FastAPI and pydantic at run time, a program, or people.

An annotation that nobody reads at run time and a text that only people read can be changed without
any effect: such changes are not made. It makes no changes itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst
import libcst.matchers as m

Definition = cst.FunctionDef | cst.ClassDef

_REGISTERING = {"Depends", "Security", "add_api_route", "add_api_websocket_route"}
"""Calls whose arguments are functions, or classes, that FastAPI calls."""

_READ_DECORATORS = {
    *("get", "post", "put", "patch", "delete", "options", "head", "trace"),
    *("api_route", "websocket"),
    *("computed_field", "field_serializer", "model_serializer"),
}
_ANSWERED = {"HTTPException", "WebSocketException"}
_DESCRIBING = {
    *("FastAPI", "APIRouter", "include_router", "Field", "Query", "Path", "Body", "Header"),
    *("Cookie", "Form", "File"),
    *_READ_DECORATORS,
}
_UNREAD_BASES = {"Protocol", "Exception", "Enum", "StrEnum", "IntEnum"}

_FOR_PEOPLE = {
    *("title", "version", "summary", "description", "response_description"),
    *("tags", "openapi_tags", "contact", "license_info", "terms_of_service"),
}
"""Arguments of such calls that appear in the documentation and nowhere else."""

_TEXT = m.SimpleString() | m.ConcatenatedString() | m.FormattedString()
_DOCSTRING = m.SimpleStatementLine([m.Expr(_TEXT)])
_FOR_TYPE_CHECKERS = m.If(test=m.Name("TYPE_CHECKING") | m.Attribute(attr=m.Name("TYPE_CHECKING")))


@dataclass(frozen=True)
class Reading:
    """Who reads what in the files of one solution.

    `promised` is the statement of the kata: a text that it quotes is never for people only.
    `called` are the names of functions and classes that FastAPI calls.
    """

    promised: str
    called: frozenset[str]

    def skips(self, node: cst.CSTNode, path: Sequence[cst.CSTNode]) -> bool:
        """Tell whether no change within a node could matter; `path` leads to it from the module."""
        if isinstance(node, cst.Annotation):
            return not self.reads_annotation(path)
        if isinstance(node, cst.Arg):
            return self.is_for_people(node, path[-1], path)
        return isinstance(node, cst.Import | cst.ImportFrom) or any(
            m.matches(node, skipped) for skipped in (_DOCSTRING, _FOR_TYPE_CHECKERS)
        )

    def reads_annotation(self, path: Sequence[cst.CSTNode]) -> bool:
        """Tell whether FastAPI or pydantic reads an annotation of the last node in a path."""
        owner = _find_owner(path)
        if isinstance(path[-1], cst.AnnAssign):
            return isinstance(owner, cst.ClassDef) and self.reads(path)
        return self.reads(path)

    def reads(self, path: Sequence[cst.CSTNode]) -> bool:
        """Tell whether the innermost definition on a path is a route, a model or the like."""
        owner = _find_owner(path)
        if isinstance(owner, cst.ClassDef):
            bases = {_name(base.value) for base in owner.bases}
            return bool(bases) and not bases & _UNREAD_BASES
        if owner is None:
            return False
        names = {each.name.value for each in path if isinstance(each, cst.ClassDef)}
        decorators = {_name(each.decorator) for each in owner.decorators}
        return (
            bool(decorators & _READ_DECORATORS)
            or owner.name.value == "__call__"
            or bool({owner.name.value, *names} & self.called)
        )

    def keeps(self, call: cst.Call, path: Sequence[cst.CSTNode]) -> list[cst.Arg]:
        """Give the arguments of a call that are for people and so stay as they are."""
        return [each for each in call.args if self.is_for_people(each, call, path)]

    def is_for_people(
        self, argument: cst.Arg, call: cst.CSTNode, path: Sequence[cst.CSTNode]
    ) -> bool:
        """Tell whether an argument is documentation, or the message of an unanswered exception."""
        value, name = argument.value, _name(call)
        if isinstance(value, cst.SimpleString) and self.is_promised(value.raw_value):
            return False
        if argument.keyword is not None:
            return name in _DESCRIBING and argument.keyword.value in _FOR_PEOPLE
        is_raised = any(isinstance(each, cst.Raise) and each.exc is call for each in path)
        return is_raised and name not in _ANSWERED and m.matches(value, _TEXT)

    def is_promised(self, text: str) -> bool:
        """Tell whether the statement quotes a text, as code or in a reply."""
        return f"`{text}`" in self.promised or f'"{text}"' in self.promised


def find_called(modules: Iterable[cst.Module]) -> frozenset[str]:
    """Find the names of all that is handed to `Depends`, or registered as a route by a call."""
    calls = [call for module in modules for call in m.findall(module, m.Call())]
    return frozenset(
        _name(argument.value)
        for call in calls
        if isinstance(call, cst.Call) and _name(call.func) in _REGISTERING
        for argument in call.args
    )


def _find_owner(path: Sequence[cst.CSTNode]) -> Definition | None:
    return next((each for each in reversed(path) if isinstance(each, Definition)), None)


def _name(node: cst.CSTNode) -> str:
    """Give the last part of a dotted name, called or not; an empty text for anything else."""
    if isinstance(node, cst.Call):
        return _name(node.func)
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""
