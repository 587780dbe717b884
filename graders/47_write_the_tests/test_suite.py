"""Grader of 47_write_the_tests: the learner's tests against a right shop and wrong ones."""

from collections.abc import Sequence
from pathlib import Path

from dojo.grader import (
    Failure,
    SeededInputs,
    Suite,
    SuiteRun,
    criterion,
    find_survivors,
    read_versions,
)
from dojo.grader.rewriting import rewrite
from dojo.grader.versions import App

HERE = Path(__file__).parent
VARIANTS = read_versions(HERE / "variants.toml")
MUTANTS = {mutant.name: mutant for mutant in read_versions(HERE / "mutants.toml")}
SESSION = ("refused_request_is_kept", "nothing_is_committed")
LIFESPAN = ("database_stays_open", "tables_are_not_made", "file_is_chosen_too_early")
CONTRACT = [name for name in MUTANTS if name not in SESSION + LIFESPAN]
OTHER_SHOP = "on a shop with the same contract and other code"
COMMAND = "python -m pytest app/tests"


def spell_anew(suite: Suite, inputs: SeededInputs, apps: Sequence[App]) -> list[App]:
    """Rewrite versions of the shop, so that none can be known by its source."""
    shop = rewrite(suite.app, inputs)
    return [
        shop
        | rewrite({name: app[name] for name in app if app[name] != suite.app.get(name)}, inputs)
        for app in apps
    ]


@criterion(task=1)
async def test_right_shop_passes(suite: Suite, inputs: SeededInputs) -> None:
    """The suite passes on the right shop and on two random right shops, and never sleeps."""
    (await suite.run_first()).expect_passed("on the right shop")
    shops = [variant.apply(suite.app) for variant in VARIANTS]
    spelled = suite.remember("variants", lambda: spell_anew(suite, inputs, shops))
    for run in await suite.run_all(spelled):
        run.expect_passed(
            OTHER_SHOP,
            because="Tests of the contract must not depend on the code inside the shop.",
        )


@criterion(task=1, waits_for=test_right_shop_passes)
async def test_nothing_is_reached_or_left(suite: Suite) -> None:
    """The suite uses no network and leaves no file behind."""
    run = await suite.run_first()

    if run.network:
        raise Failure(
            "neither a test nor the shop uses the network",
            f"{len(run.network)} attempts, the first one at {run.network[0]}",
            [COMMAND],
            because="The mail server of the shop is outside. Give the tests their own mail server.",
        )
    if run.left:
        names = ", ".join(run.left[:5])
        raise Failure("no file is left after the tests", f"left behind: {names}", [COMMAND])


@criterion(task=2, waits_for=test_right_shop_passes)
async def test_order_does_not_matter(suite: Suite, inputs: SeededInputs) -> None:
    """The suite passes in reverse order, and then again shuffled in the same folder."""
    tests = (await suite.run_first()).tests
    folder, shuffled = inputs.word(6), inputs.sample(tests, len(tests))
    backwards = await suite.run(suite.app, tests[::-1], folder=folder)
    again = await suite.run(suite.app, shuffled, folder=folder)

    expect_ran(backwards, tests[::-1])
    expect_ran(again, shuffled)
    backwards.expect_passed("when they run from the last to the first")
    again.expect_passed(f"in the same folder again, shuffled: '{shuffled[0]}' comes first")


@criterion(task=2, waits_for=test_right_shop_passes)
async def test_each_passes_alone(suite: Suite, inputs: SeededInputs) -> None:
    """Each test passes alone. No test needs another test."""
    (shop,) = suite.remember("alone", lambda: spell_anew(suite, inputs, [suite.app]))
    tests = (await suite.run_first()).tests
    runs = await suite.run_alone(shop)

    for test, run in zip(tests, runs, strict=True):
        expect_ran(run, [test])
        if run.failed:
            run.expect_passed("when it is the only one", "It needs another test.")


@criterion(task=2, waits_for=test_right_shop_passes)
async def test_database_is_new(suite: Suite) -> None:
    """No test opens a database file that an earlier test has filled."""
    run = await suite.run_first()

    sharing = [result for result in run.results if result.inherited]
    if sharing:
        first = sharing[0]
        raise Failure(
            "each test has a database file of its own",
            f"{len(sharing)} of {len(run.tests)} tests open a file that an earlier one filled, "
            f"the first of them '{first.test}': {', '.join(first.inherited)}",
            [COMMAND],
            because="With rows of other tests, a test passes or fails by chance.",
        )


@criterion(task=3, waits_for=test_right_shop_passes)
async def test_wrong_shops_are_caught(suite: Suite, inputs: SeededInputs) -> None:
    """The suite fails on each of 29 wrong shops. Each of them breaks the contract once."""
    await expect_caught(suite, inputs, CONTRACT)


@criterion(task=4, waits_for=test_right_shop_passes)
async def test_real_session_is_tested(suite: Suite, inputs: SeededInputs) -> None:
    """The suite fails on a shop that never commits, and on a shop that keeps refused work."""
    await expect_caught(suite, inputs, SESSION)


@criterion(task=4, waits_for=test_right_shop_passes)
async def test_start_and_stop_are_tested(suite: Suite, inputs: SeededInputs) -> None:
    """The suite fails on shops that make no tables, choose their file early or close nothing."""
    await expect_caught(suite, inputs, LIFESPAN)


def expect_ran(run: SuiteRun, tests: Sequence[str]) -> None:
    """Expect that these tests ran and no others, in this order, unless something is broken."""
    ran = [result.test for result in run.results]
    if ran != tests and not run.broken and not run.complaint:
        raise Failure(
            f"{len(tests)} tests run, in the order that is asked for: '{tests[0]}' comes first",
            f"{len(ran)} run" + (f", '{ran[0]}' comes first" if ran else ""),
            [COMMAND],
            because="Do not select or sort the tests in the suite. That hides what they need.",
        )


async def expect_caught(suite: Suite, inputs: SeededInputs, names: Sequence[str]) -> None:
    """Expect each of some wrong shops to make the suite fail."""
    mutants = [MUTANTS[name] for name in names]
    tried = [suite.app, *(mutant.apply(suite.app) for mutant in mutants)]
    right, *wrong = suite.remember(names[0], lambda: spell_anew(suite, inputs, tried))
    missed = await find_survivors(suite, mutants, wrong, right)

    if missed:
        because = ""
        if not suite.asserts():
            because = "No test asserts anything. Add an `assert` for each promise of the contract."
        behaviours = "".join(f"\n- {mutant.behaviour}" for mutant in missed)
        caught = len(names) - len(missed)
        raise Failure(
            f"the suite fails on each of {len(names)} wrong shops",
            f"it fails on {caught}. It passes although this does not hold:{behaviours}",
            [COMMAND],
            because=because,
        )
