"""Shipping: what changed is read, what is missing is sent, and the cloud has the whole disk."""

from __future__ import annotations

import threading
import time

import pytest

from pileus.chunks.errors import Damaged
from pileus.chunks.recutting import Change
from pileus.compute.host.spec import SeenSnapshot
from pileus.host.shipping import Pace, Stopped, ship
from tests.chunks.contents import noise, put, whole
from tests.host.stills import MIB, Cloud, Held, order

CLUSTER = 64 << 10
FAST = 1 << 40


def shipped(cloud: Cloud, held: Held, form: str = "raw") -> list[SeenSnapshot]:
    told: list[SeenSnapshot] = []
    ship(order(cloud.older, form=form), held, cloud, Pace(held, FAST, threading.Event()), told.append)
    assert whole(cloud.store, cloud.came) == held.content
    return told


def on_image(content: bytes) -> Cloud:
    cloud = Cloud()
    cloud.older = put(cloud.store, content).manifest
    return cloud


def test_of_a_disk_that_changed_little_little_is_read_and_sent() -> None:
    base = noise(16 * MIB)
    written = noise(2 * CLUSTER, 7)
    held = Held(base[: 8 * MIB] + written + base[8 * MIB + len(written) :] + bytes(48 * MIB))
    held.changes = (Change(8 * MIB, 8 * MIB + len(written)),)
    cloud = on_image(base)
    told = shipped(cloud, held)
    assert [one.state for one in told] == ["reading", "sending", "done"]
    assert told[-1].read_bytes < 3 * MIB
    assert len(written) <= told[-1].sent_bytes < 1 * MIB
    assert cloud.travelled < told[-1].sent_bytes + 4096


def test_the_chunks_are_those_of_an_upload_of_the_same_disk() -> None:
    base = noise(4 * MIB)
    held = Held(base[:MIB] + noise(CLUSTER, 3) + base[MIB + CLUSTER :], (Change(MIB, MIB + CLUSTER),))
    cloud = on_image(base)
    shipped(cloud, held)
    assert cloud.came == put(cloud.store, held.content).manifest


def test_the_second_time_nothing_is_sent() -> None:
    base = noise(4 * MIB)
    held = Held(base[:MIB] + noise(CLUSTER, 3) + base[MIB + CLUSTER :], (Change(MIB, MIB + CLUSTER),))
    cloud = on_image(base)
    shipped(cloud, held)
    assert shipped(cloud, held)[-1].sent_bytes == 0


def test_where_the_images_chunks_are_not_the_disks_all_of_it_is_read_and_nothing_known_is_sent() -> None:
    base = noise(4 * MIB)
    cloud = on_image(b"a qcow2 of it")
    put(cloud.store, base)
    held = Held(base, (Change(0, len(base)),))
    told = shipped(cloud, held, "qcow2")
    assert told[-1].read_bytes == held.size
    assert told[-1].sent_bytes == 0


def test_a_disk_is_read_no_faster_than_it_may_be() -> None:
    held, began = Held(bytes(MIB)), time.monotonic()
    pace = Pace(held, 4 * MIB, threading.Event())
    for _ in range(3):
        pace.read(0, MIB)
    assert 0.45 < time.monotonic() - began < 2


def test_it_stops_when_nobody_wants_it() -> None:
    stop = threading.Event()
    stop.set()
    held = Held(noise(MIB), (Change(0, MIB),))
    with pytest.raises(Stopped):
        ship(order(), held, Cloud(), Pace(held, FAST, stop), lambda seen: None)


def test_a_disk_that_does_not_hold_still_is_not_taken() -> None:
    class Moving(Held):
        def read(self, position: int, length: int) -> bytes:
            self.closed += 1
            return noise(length, self.closed)

    moving, cloud = Moving(noise(MIB), (Change(0, MIB),)), Cloud()
    with pytest.raises(Damaged):
        ship(order(), moving, cloud, Pace(moving, FAST, threading.Event()), lambda seen: None)
    assert cloud.store.kept == {}
