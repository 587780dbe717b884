"""Grader of 48_flaky_suite: the ten tests in many orders, alone, and on desks that are broken."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from dojo.grader import Failure, SeededInputs, Suite, SuiteRun, criterion, read_versions
from dojo.grader.assertions import split_assertions
from dojo.grader.orders import draw_orders
from dojo.grader.rewriting import rewrite
from dojo.grader.versions import App

MANY_RUNS = "A test must not depend on the number of runs or on the clock."
MUTANTS = read_versions(Path(__file__).parent / "mutants.toml")
ASSERTIONS = {
    "test_desk_is_open": "assert visitor.get('/health').json() == {'open': True}",
    "test_group_size_is_set": "assert visitor.get('/about').json()['largest_group'] == 25",
    "test_usual_group_is_ten": (
        "assert visitor.get('/about').json() == {'museum': 'Museum of Clocks', 'largest_group': 10}"
    ),
    "test_no_booking_at_first": "assert (await client.get('/bookings')).json() == []",
    "test_booking_is_answered": (
        "assert response.status_code == 201\n"
        "assert response.json() == {'id': 1, 'tour': 'Clocks', 'guests': 2, 'price': 24}"
    ),
    "test_cancelled_booking_is_gone": (
        "assert (await client.delete('/bookings/1')).status_code == 204\n"
        "assert (await client.get('/bookings/1')).status_code == 404"
    ),
    "test_booking_is_charged": "assert bank.charged == [24]",
    "test_cancelled_booking_is_repaid": "assert bank.refunded == [24]",
    "test_silent_bank_books_nothing": (
        "assert (await client.post('/bookings', json=PAIR)).status_code == 503\n"
        "assert (await client.get('/bookings')).json() == []"
    ),
    "test_large_group_is_refused": (
        "assert (await client.post('/bookings', json=PAIR | {'guests': 11})).status_code == 422\n"
        "assert not bank.charge.called"
    ),
}
COMMAND = "python -m pytest app/tests"
DESK, PROCESS = ("override", "cache", "variable"), ("task", "thread")
PRESET = {"DESK_LARGEST_GROUP": "10"}
"""A variable that is set before pytest begins, to its usual value."""
MOST_ADDED = 10
"""Added tests that take part in the shuffled orders."""


@criterion(task=1)
async def test_file_order_passes(suite: Suite) -> None:
    """All ten tests pass in the order of the file."""
    run = await suite.run_first()
    run.expect_passed("in the order of the file")
    expect_complete(run)


@criterion(task=1)
async def test_any_order_passes(suite: Suite, inputs: SeededInputs) -> None:
    """The tests pass backwards, and in orders with each test directly after each other test."""
    tests = (await suite.run_first()).tests
    backwards = await run_backwards(suite)
    expect_ran(backwards, tests[::-1])
    backwards.expect_passed("backwards, the last test of the file first")
    known = [test for test in tests if get_name(test) in ASSERTIONS]
    added = [test for test in tests if test not in known]
    orders = draw_orders([*known, *added[:MOST_ADDED]], inputs)
    for order, run in zip(orders, await suite.run_orders(orders), strict=False):
        expect_ran(run, order)
        run.expect_passed(describe_order(order, run))


@criterion(task=2)
async def test_each_passes_alone(suite: Suite, inputs: SeededInputs) -> None:
    """Each test passes when it is the only one that runs."""
    tests = (await suite.run_first()).tests
    for test, run in zip(tests, await run_alone(suite, inputs), strict=True):
        expect_ran(run, [test])
        if run.failed:
            run.expect_passed("when it is the only one", "It needs another test.")


@criterion(task=3)
async def test_overrides_and_settings_are_restored(suite: Suite, inputs: SeededInputs) -> None:
    """No override, no cached setting and no changed variable is left after the tests."""
    await expect_nothing_left(suite, inputs, DESK)
    preset = await suite.run(suite.app, environment=PRESET)
    expect_none(preset, DESK, f"where {' and '.join(PRESET)} is set before")


@criterion(task=3)
async def test_connections_and_threads_end(suite: Suite, inputs: SeededInputs) -> None:
    """No connection of a store, no other task and no thread is left after the tests."""
    await expect_nothing_left(suite, inputs, PROCESS)


@criterion(task=4)
async def test_assertions_are_kept(suite: Suite) -> None:
    """The ten tests are there, with all that they asserted before."""
    written = suite.read_assertions()
    for test, text in ASSERTIONS.items():
        if test not in written:
            raise Failure(f"there is a test '{test}'", "there is none", [COMMAND])
        missing = [line for form, line in split_assertions(text) if form not in written[test]]
        if missing:
            raise Failure(
                f"'{test}' still says `{missing[0]}`, whatever its variables are called",
                "neither the test nor a function that it uses says so",
                [COMMAND],
                because="What the tests assert is right.",
            )


@criterion(task=4, waits_for=test_each_passes_alone)
async def test_broken_desks_are_noticed(suite: Suite, inputs: SeededInputs) -> None:
    """Each test fails on desks on which something is wrong that it asserts."""
    *broken, right = suite.remember("mutants", lambda: spell_mutants(suite, inputs))
    tests = (await suite.run_first()).tests
    drawn = inputs.sample(range(len(MUTANTS)), len(MUTANTS))
    half = len(drawn) // 2
    failed = await notice_all(suite, tests, drawn[:half], broken)
    again = await suite.run_alone(right)
    failed |= await notice_all(suite, tests, drawn[half:], broken)

    for run in filter(lambda run: run.failed, again):
        run.expect_passed(
            "on a right desk, also after many other runs",
            because=MANY_RUNS,
        )
    missed = [mutant for number, mutant in enumerate(MUTANTS) if not failed[number]]
    if missed:
        lines = "".join(f"\n- {each.test}: {each.behaviour}" for each in missed)
        raise Failure(
            f"on each of {len(MUTANTS)} broken desks, the test for what is broken fails",
            f"it fails on {len(MUTANTS) - len(missed)}. "
            f"These tests pass although this does not hold:{lines}",
            [COMMAND],
            because="Look at what such a test sends and gets, not only at whether it passes.",
        )


def get_name(test: str) -> str:
    """Give the name of a test's function."""
    return test.split("::")[-1].split("[")[0]


def expect_complete(run: SuiteRun) -> None:
    """Expect that each of the ten tests ran and was not skipped."""
    passed = {get_name(each.test) for each in run.results if each.outcome == "passed"}
    skipped = [each for each in ASSERTIONS if each not in passed]
    if skipped:
        raise Failure("each of the ten tests passes", f"'{skipped[0]}' was not run", [COMMAND])


def expect_ran(run: SuiteRun, tests: Sequence[str]) -> None:
    """Expect that these tests ran and no others, in this order, unless something is broken."""
    ran = [result.test for result in run.results]
    if ran != [*tests] and not run.broken and not run.complaint:
        raise Failure(
            f"{len(tests)} tests run, in the order that is asked for: '{tests[0]}' comes first",
            f"{len(ran)} run" + (f", '{ran[0]}' comes first" if ran else ""),
            [COMMAND],
            because="Do not select or sort the tests in the suite. That hides what they need.",
        )


async def run_backwards(suite: Suite) -> SuiteRun:
    """Run the last test of the file first."""
    tests = (await suite.run_first()).tests
    (run,) = await suite.share("backwards", lambda: suite.run_all([suite.app], tests[::-1]))
    return run


async def run_alone(suite: Suite, inputs: SeededInputs) -> list[SuiteRun]:
    """Run each test alone."""
    (desk,) = suite.remember("alone", lambda: [rewrite(suite.app, inputs)])
    return await suite.share("alone", lambda: suite.run_alone(desk))


def describe_order(order: Sequence[str], run: SuiteRun) -> str:
    """Say what ran before the test that failed first."""
    failed = [each.test for each in run.results if each.outcome == "failed"]
    place = order.index(failed[0]) if failed else 0
    before = ", ".join(f"'{get_name(each)}'" for each in order[max(0, place - 3) : place])
    return f"in any order, so also after {before or 'no other test'}"


async def expect_nothing_left(suite: Suite, inputs: SeededInputs, kinds: Sequence[str]) -> None:
    """Expect that nothing of some kinds is left after the whole suite, nor after one test."""
    first = await suite.run_first()
    expect_none(first, kinds, "after all tests in the order of the file")
    expect_none(await run_backwards(suite), kinds, "after all tests, backwards")
    for test, run in zip(first.tests, await run_alone(suite, inputs), strict=True):
        whole = await suite.run(suite.app, [test]) if run.leftovers else run
        expect_none(whole, kinds, f"after '{get_name(test)}' alone")


def expect_none(run: SuiteRun, kinds: Sequence[str], when: str) -> None:
    """Expect that nothing of some kinds is left after a run."""
    found = [each for each in run.leftovers if each.split()[0] in kinds]
    if run.complaint or run.broken:
        run.expect_passed(when)
    if found:
        raise Failure(
            f"no {', no '.join(kinds)} is left {when}",
            "; ".join(f"left: {each}" for each in found[:5]),
            [COMMAND],
        )


def spell_mutants(suite: Suite, inputs: SeededInputs) -> list[App]:
    """Rewrite the broken desks and, as the last one, the right desk."""
    right = rewrite(suite.app, inputs)
    broken = [mutant.apply(suite.app) for mutant in MUTANTS]
    changed = [{each: app[each] for each in app if app[each] != suite.app[each]} for app in broken]
    return [*(right | rewrite(each, inputs) for each in changed), right]


async def notice_all(
    suite: Suite, tests: Sequence[str], numbers: Sequence[int], desks: Sequence[App]
) -> dict[int, bool]:
    """Tell for some broken desks whether the test for what is broken fails there, alone."""

    async def notices(number: int) -> bool:
        named = [test for test in tests if get_name(test) == MUTANTS[number].test]
        return any([await suite.fails_alone(test, desks[number]) for test in named])

    return dict(zip(numbers, await asyncio.gather(*map(notices, numbers)), strict=True))
