"""Gates hold callers, so that their order and their number are facts."""

import asyncio

import pytest

from dojo.labs.gates import Gate, Rendezvous


async def hold(gate: Gate, count: int) -> list[asyncio.Task[None]]:
    """Return this many callers that the gate holds, in order of arrival."""
    callers = [asyncio.create_task(gate.enter()) for _ in range(count)]
    await gate.arrivals(gate.waiting + count)
    return callers


async def test_callers_wait_until_released() -> None:
    """A gate lets nobody pass before it is released, then all who are there."""
    gate = Gate()
    callers = await hold(gate, 3)
    waiting, passed = gate.waiting, [caller.done() for caller in callers]
    gate.release()
    await asyncio.gather(*callers)

    assert (waiting, passed, gate.waiting) == (3, [False, False, False], 0)


async def test_release_lets_first_pass() -> None:
    """A number of callers pass in the order in which they came; the rest stay."""
    gate = Gate()
    callers = await hold(gate, 3)
    gate.release(2)
    await asyncio.gather(*callers[:2])

    assert gate.waiting == 1
    assert not callers[2].done()
    gate.open()
    await callers[2]


async def test_release_is_not_saved_up() -> None:
    """A release of more callers than are there does not let later ones pass."""
    gate = Gate()
    early = await hold(gate, 1)
    gate.release(5)
    await asyncio.gather(*early)
    late = await hold(gate, 1)

    assert gate.waiting == 1
    assert not late[0].done()
    gate.open()
    await late[0]


async def test_open_gate_holds_nobody() -> None:
    """Once open, a gate lets those held and everyone who comes later pass."""
    gate = Gate()
    early = await hold(gate, 2)
    gate.open()
    await asyncio.gather(*early)
    await gate.enter()

    assert (gate.waiting, gate.peak) == (0, 2)


async def test_peak_keeps_the_most() -> None:
    """The peak stays when fewer callers are held later."""
    gate = Gate()
    for count in (1, 3, 2):
        callers = await hold(gate, count)
        gate.release()
        await asyncio.gather(*callers)

    assert gate.peak == 3


async def test_body_runs_once_released() -> None:
    """`async with gate.pass_through()` holds its caller before the body."""
    gate = Gate()
    steps: list[str] = []

    async def pass_through() -> None:
        async with gate.pass_through():
            steps.append("inside")

    caller = asyncio.create_task(pass_through())
    await gate.arrivals(1)
    steps.append("released")
    gate.release()
    await caller

    assert steps == ["released", "inside"]


async def test_arrivals_see_a_moment() -> None:
    """Callers who were there at the same moment are noticed although they went on at once."""
    gate = Gate()
    arrivals = asyncio.create_task(gate.arrivals(2))
    callers = await hold(gate, 1)
    callers += await hold(gate, 1)
    gate.release()
    await asyncio.gather(arrivals, *callers)

    assert gate.waiting == 0


async def test_arrivals_need_the_same_moment() -> None:
    """Callers who come one after the other do not add up."""
    gate = Gate()
    arrivals = asyncio.create_task(gate.arrivals(2))
    for _ in range(3):
        callers = await hold(gate, 1)
        gate.release()
        await asyncio.gather(*callers)

    assert not arrivals.done()
    assert gate.peak == 1
    arrivals.cancel()


async def test_cancelled_arrivals_do_no_harm() -> None:
    """Whoever gives up waiting for arrivals does not disturb those who come."""
    gate = Gate()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gate.arrivals(1), 0)
    callers = await hold(gate, 1)

    assert gate.waiting == 1
    gate.open()
    await callers[0]


async def test_cancelled_caller_is_gone() -> None:
    """A caller that is cancelled no longer counts and takes nobody's turn."""
    gate = Gate()
    callers = await hold(gate, 3)
    callers[0].cancel()
    await asyncio.wait([callers[0]])
    waiting = gate.waiting
    gate.release(1)
    await callers[1]

    assert (waiting, gate.waiting, gate.peak) == (2, 1, 3)
    gate.open()
    await callers[2]


async def test_emptied_waits_for_the_last() -> None:
    """A gate is emptied once its last caller was released or has gone."""
    gate = Gate()
    callers = await hold(gate, 2)
    emptied = asyncio.create_task(gate.emptied())
    gate.release(1)
    await callers[0]
    early = emptied.done()
    callers[1].cancel()
    await emptied

    assert not early
    assert gate.waiting == 0


async def test_rendezvous_opens_when_met() -> None:
    """The last party lets all of them pass, and everyone after them."""
    meeting = Rendezvous(3)
    callers = await hold(meeting, 2)
    early = meeting.met
    await meeting.enter()
    await asyncio.gather(*callers)
    await meeting.enter()

    assert (early, meeting.met, meeting.peak) == (False, True, 3)


async def test_rendezvous_of_one_holds_nobody() -> None:
    """A single party need not wait for anyone."""
    meeting = Rendezvous(1)
    await meeting.enter()

    assert meeting.met


async def test_party_that_left_is_missing() -> None:
    """A party that went before the others came is not met by them."""
    meeting = Rendezvous(2)
    callers = await hold(meeting, 1)
    callers[0].cancel()
    await asyncio.wait(callers)
    callers = await hold(meeting, 1)

    assert (meeting.met, meeting.waiting, meeting.peak) == (False, 1, 1)
    meeting.open()
    await callers[0]


async def test_opened_by_hand_is_not_met() -> None:
    """A rendezvous that somebody opens lets its parties pass, but they have not met."""
    meeting = Rendezvous(2)
    callers = await hold(meeting, 1)
    meeting.open()
    await asyncio.gather(*callers)
    await meeting.enter()

    assert not meeting.met
