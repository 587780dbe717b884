"""The curriculum: which kata comes after which, and in what order one does them."""

from collections.abc import Iterable, Mapping

from .catalogue import LEVELS, Catalogue, Kata


def order(katas: Iterable[Kata]) -> list[Kata]:
    """Put each kata after those it builds on, and otherwise the easy ones first.

    What a handout leaves out is not waited for.
    """
    left = {kata.id: kata for kata in katas}
    ordered: list[Kata] = []
    while left:
        ready = [kata for kata in left.values() if left.keys().isdisjoint(kata.file.after)]
        chosen = min(ready or left.values(), key=_rank)
        ordered.append(left.pop(chosen.id))
    return ordered


def _rank(kata: Kata) -> tuple[int, str]:
    return LEVELS.index(kata.file.level), kata.id


def list_prerequisites(kata: Kata) -> set[str]:
    """List all that a kata builds on, directly or not; itself too if there is a circle."""
    katas = {each.id: each for each in Catalogue(kata.root).katas}
    return _collect(kata, katas, set())


def _collect(kata: Kata, katas: Mapping[str, Kata], known: set[str]) -> set[str]:
    for name in kata.file.after:
        if name not in known:
            known.add(name)
            if name in katas:
                _collect(katas[name], katas, known)
    return known
