"""Equivalent answers: the same literals, spelled otherwise and in another order."""

import libcst as cst
import libcst.matchers as m

from .answer_sources import AnswerSources
from .places import Places

_LITERAL = m.SimpleStatementLine([m.Assign([m.AssignTarget(m.Name())])])


def respell_texts(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Write texts in the other quotes."""
    return module.visit(_TextSpeller()) if places.take("texts") else module


class _TextSpeller(cst.CSTTransformer):
    def leave_SimpleString(
        self, _: cst.SimpleString, updated: cst.SimpleString
    ) -> cst.SimpleString:
        inner = updated.raw_value
        if updated.prefix or len(updated.quote) > 1 or any(each in inner for each in "'\"\\"):
            return updated
        other = "'" if updated.quote == '"' else '"'
        return updated.with_changes(value=f"{other}{inner}{other}")


def respell_numbers(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Write whole numbers with the base 16."""
    return module.visit(_NumberSpeller()) if places.take("numbers") else module


class _NumberSpeller(cst.CSTTransformer):
    def leave_Integer(self, _: cst.Integer, updated: cst.Integer) -> cst.Integer:
        return updated.with_changes(value=hex(updated.evaluated_value))


def reverse_answers(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Write the answers in the opposite order, below everything else."""
    plain = [each for each in module.body if _is_plain(each)]
    needed = {name for each in module.body if each not in plain for name in _list_names(each)}
    answers = [each for each in plain if not needed & _list_names(each)]
    if len(answers) < 2 or not places.take("answers"):
        return module
    others = [each for each in module.body if each not in answers]
    return module.with_changes(body=[*others, *reversed(answers)])


def _is_plain(statement: cst.CSTNode) -> bool:
    """Tell whether a statement gives one name a value in which no other name stands."""
    return m.matches(statement, _LITERAL) and len(_list_names(statement)) == 1


def _list_names(statement: cst.CSTNode) -> set[str]:
    names = {cst.ensure_type(each, cst.Name).value for each in m.findall(statement, m.Name())}
    return names - {"True", "False", "None"}


def annotate_answers(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Write `name: object = value`."""
    return module.visit(_Annotator()) if places.take("annotations") else module


class _Annotator(cst.CSTTransformer):
    def visit_FunctionDef(self, _: cst.FunctionDef) -> bool:
        return False

    def leave_Assign(self, _: cst.Assign, updated: cst.Assign) -> cst.Assign | cst.AnnAssign:
        if len(updated.targets) > 1 or not isinstance(updated.targets[0].target, cst.Name):
            return updated
        name = updated.targets[0].target
        return cst.AnnAssign(name, cst.Annotation(cst.Name("object")), updated.value)
