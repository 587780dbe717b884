"""Recommendations: which kata to do now, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..model.catalogue import Kata
from ..model.curriculum import order
from .exercises import Exercise, KataProgress


@dataclass(frozen=True)
class Recommendation:
    """A kata to do now; `reason` is a sentence."""

    exercise: Exercise
    reason: str


def recommend(katas: Sequence[Kata]) -> Recommendation | None:
    """Recommend the begun kata that was checked last, else the first untried one; none if all pass.

    Untried ones come in the order of the curriculum: what a kata builds on, then the easy ones.
    """
    exercises = [Exercise(kata) for kata in order(katas)]
    states = {each.kata.id: each.progress.read(each.kata.id) for each in exercises}
    left = [each for each in exercises if not states[each.kata.id].is_done]
    begun = [each for each in left if is_begun(each, states[each.kata.id])]
    if begun:
        chosen = max(begun, key=lambda each: _tell_last(states[each.kata.id]))
        return Recommendation(chosen, _explain_begun(states[chosen.kata.id]))
    if not left:
        return None
    return Recommendation(left[0], _explain_untried(left[0].kata, katas))


def is_begun(exercise: Exercise, state: KataProgress) -> bool:
    """Tell whether there is work to go on with: a changed file, or more passed than at first."""
    return (
        exercise.has_changes or state.passed_criteria > len(exercise.kata.file.already_working)
    ) and not state.is_done


def _tell_last(state: KataProgress) -> float:
    return state.checked_at.timestamp() if state.checked_at else 0.0


def _explain_begun(state: KataProgress) -> str:
    if not state.criteria:
        return "You have changed its files, and no check has seen them yet."
    return f"You have begun it. The result so far: {state.describe()} criteria."


def _explain_untried(kata: Kata, katas: Sequence[Kata]) -> str:
    numbers = [each.number for each in katas if each.id in kata.file.after]
    level = f"It is the easiest one that is open to you ({kata.file.level})"
    if not numbers:
        return f"{level}, and it needs nothing before it."
    return f"{level}, and it builds on {' and '.join(numbers)}, which you have passed."
