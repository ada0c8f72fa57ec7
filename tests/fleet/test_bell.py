"""A bell wakes whoever listens, and nobody else."""

from __future__ import annotations

import asyncio

from pileus.fleet import Bell, hang
from pileus.fleet.bell import ring
from pileus.kernel.clock import SystemClock
from pileus.kernel.store import Store
from tests.conftest import opened
from tests.databases.templates import postgres_copy
from tests.kernel.databases.meeting import meet


def test_a_ring_between_listening_and_waiting_is_not_missed() -> None:
    async def listen() -> bool:
        bell = Bell()
        event = bell.listen("h1")
        await asyncio.to_thread(bell.ring, "h1")
        return await bell.heard("h1", event, 5)

    assert asyncio.run(listen())


def test_a_ring_wakes_each_listener_once_and_only_those_of_its_name() -> None:
    async def listen() -> list[bool]:
        bell = Bell()
        events = [bell.listen("h1"), bell.listen("h1"), bell.listen("h2")]
        bell.ring("h1")
        first = [await bell.heard("h1", event, 0.01) for event in events]
        return [*first, await bell.heard("h1", events[0], 0.01)]

    assert asyncio.run(listen()) == [True, True, False, False]


def test_who_has_left_hears_nothing_and_a_loop_that_has_ended_harms_nobody() -> None:
    bell = Bell()

    async def listen(*, leave: bool) -> None:
        event = bell.listen("h1")
        if leave:
            bell.leave("h1", event)

    asyncio.run(listen(leave=True))
    asyncio.run(listen(leave=False))
    bell.ring("h1")


def test_it_rings_where_a_transaction_was_committed_and_on_every_other_node() -> None:
    async def listen(here: Store, there: Store) -> list[bool]:
        bells = [node.part(Bell) for node in (here, there)]
        events = [bell.listen("h1") for bell in bells]
        await asyncio.to_thread(here.write, ring, "h1")
        return [await bell.heard("h1", event, 5) for bell, event in zip(bells, events, strict=True)]

    with postgres_copy() as url, opened(url, SystemClock()) as here, opened(url, SystemClock()) as there:
        for node in (here, there):
            hang(node)
        meet(here, there)
        assert asyncio.run(listen(here, there)) == [True, True]
