"""Barriers hold callers, so that their order and their number are facts."""

import asyncio

import pytest

from dojo.harness.barriers import Barrier, SelfOpeningBarrier


async def hold(barrier: Barrier, count: int) -> list[asyncio.Task[None]]:
    """Return this many callers that the barrier holds, in order of arrival."""
    callers = [asyncio.create_task(barrier.enter()) for _ in range(count)]
    await barrier.arrivals(barrier.waiting + count)
    return callers


async def test_callers_wait_until_released() -> None:
    """A barrier lets nobody pass before it is released, then all who are there."""
    barrier = Barrier()
    callers = await hold(barrier, 3)
    waiting, passed = barrier.waiting, [caller.done() for caller in callers]
    barrier.release()
    await asyncio.gather(*callers)

    assert (waiting, passed, barrier.waiting) == (3, [False, False, False], 0)


async def test_release_lets_first_pass() -> None:
    """A number of callers pass in the order in which they came; the rest stay."""
    barrier = Barrier()
    callers = await hold(barrier, 3)
    barrier.release(2)
    await asyncio.gather(*callers[:2])

    assert barrier.waiting == 1
    assert not callers[2].done()
    barrier.open()
    await callers[2]


async def test_release_is_not_saved_up() -> None:
    """A release of more callers than are there does not let later ones pass."""
    barrier = Barrier()
    early = await hold(barrier, 1)
    barrier.release(5)
    await asyncio.gather(*early)
    late = await hold(barrier, 1)

    assert barrier.waiting == 1
    assert not late[0].done()
    barrier.open()
    await late[0]


async def test_open_gate_holds_nobody() -> None:
    """Once open, a barrier lets those held and everyone who comes later pass."""
    barrier = Barrier()
    early = await hold(barrier, 2)
    barrier.open()
    await asyncio.gather(*early)
    await barrier.enter()

    assert (barrier.waiting, barrier.peak) == (0, 2)


async def test_peak_keeps_the_most() -> None:
    """The peak stays when fewer callers are held later."""
    barrier = Barrier()
    for count in (1, 3, 2):
        callers = await hold(barrier, count)
        barrier.release()
        await asyncio.gather(*callers)

    assert barrier.peak == 3


async def test_body_runs_once_released() -> None:
    """`async with barrier.pass_through()` holds its caller before the body."""
    barrier = Barrier()
    steps: list[str] = []

    async def pass_through() -> None:
        async with barrier.pass_through():
            steps.append("inside")

    caller = asyncio.create_task(pass_through())
    await barrier.arrivals(1)
    steps.append("released")
    barrier.release()
    await caller

    assert steps == ["released", "inside"]


async def test_arrivals_see_a_moment() -> None:
    """Callers who were there at the same moment are noticed although they went on at once."""
    barrier = Barrier()
    arrivals = asyncio.create_task(barrier.arrivals(2))
    callers = await hold(barrier, 1)
    callers += await hold(barrier, 1)
    barrier.release()
    await asyncio.gather(arrivals, *callers)

    assert barrier.waiting == 0


async def test_arrivals_need_the_same_moment() -> None:
    """Callers who come one after the other do not add up."""
    barrier = Barrier()
    arrivals = asyncio.create_task(barrier.arrivals(2))
    for _ in range(3):
        callers = await hold(barrier, 1)
        barrier.release()
        await asyncio.gather(*callers)

    assert not arrivals.done()
    assert barrier.peak == 1
    arrivals.cancel()


async def test_cancelled_arrivals_do_no_harm() -> None:
    """Whoever gives up waiting for arrivals does not disturb those who come."""
    barrier = Barrier()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(barrier.arrivals(1), 0)
    callers = await hold(barrier, 1)

    assert barrier.waiting == 1
    barrier.open()
    await callers[0]


async def test_cancelled_caller_is_gone() -> None:
    """A caller that is cancelled no longer counts and takes nobody's turn."""
    barrier = Barrier()
    callers = await hold(barrier, 3)
    callers[0].cancel()
    await asyncio.wait([callers[0]])
    waiting = barrier.waiting
    barrier.release(1)
    await callers[1]

    assert (waiting, barrier.waiting, barrier.peak) == (2, 1, 3)
    barrier.open()
    await callers[2]


async def test_emptied_waits_for_the_last() -> None:
    """A barrier is emptied once its last caller was released or has gone."""
    barrier = Barrier()
    callers = await hold(barrier, 2)
    emptied = asyncio.create_task(barrier.emptied())
    barrier.release(1)
    await callers[0]
    early = emptied.done()
    callers[1].cancel()
    await emptied

    assert not early
    assert barrier.waiting == 0


async def test_rendezvous_opens_when_met() -> None:
    """The last party lets all of them pass, and everyone after them."""
    rendezvous = SelfOpeningBarrier(3)
    callers = await hold(rendezvous, 2)
    early = rendezvous.met
    await rendezvous.enter()
    await asyncio.gather(*callers)
    await rendezvous.enter()

    assert (early, rendezvous.met, rendezvous.peak) == (False, True, 3)


async def test_rendezvous_of_one_holds_nobody() -> None:
    """A single party need not wait for anyone."""
    rendezvous = SelfOpeningBarrier(1)
    await rendezvous.enter()

    assert rendezvous.met


async def test_party_that_left_is_missing() -> None:
    """A party that went before the others came is not met by them."""
    rendezvous = SelfOpeningBarrier(2)
    callers = await hold(rendezvous, 1)
    callers[0].cancel()
    await asyncio.wait(callers)
    callers = await hold(rendezvous, 1)

    assert (rendezvous.met, rendezvous.waiting, rendezvous.peak) == (False, 1, 1)
    rendezvous.open()
    await callers[0]


async def test_opened_by_hand_is_not_met() -> None:
    """A rendezvous that somebody opens lets its parties pass, but they have not met."""
    rendezvous = SelfOpeningBarrier(2)
    callers = await hold(rendezvous, 1)
    rendezvous.open()
    await asyncio.gather(*callers)
    await rendezvous.enter()

    assert not rendezvous.met


async def test_cancelled_caller_passes_nothing_on() -> None:
    """A release at the moment at which a caller is cancelled goes to one who is still there."""
    barrier = Barrier()
    first, second = await hold(barrier, 2)
    first.cancel()

    assert barrier.waiting == 1
    barrier.release(1)
    await asyncio.gather(first, second, return_exceptions=True)

    assert first.cancelled()
    assert not second.cancelled()
