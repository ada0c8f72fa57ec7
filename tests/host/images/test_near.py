"""Asking neighbours in turn."""

from __future__ import annotations

import time
from pathlib import Path

from pileus.chunks import passes
from pileus.chunks.host.cache import ImageCache
from pileus.host.images.cloud import Neighbour
from pileus.host.images.door import Door, on_machine
from pileus.host.images.near import Nearby
from pileus.kernel.clock import SystemClock
from tests.chunks.contents import MIB, noise
from tests.host.images.origin import Origin


def test_neighbours_share_the_work_and_one_that_failed_is_asked_no_more(tmp_path: Path) -> None:
    origin = Origin()
    name = origin.put(noise(4 * MIB))
    shown = passes.issue_pass(origin.key, name, int(time.time()) + 60)
    doors = []
    for at in ("a", "b"):
        cache = ImageCache(tmp_path / at, 8 * MIB)
        cache.fetch(name, origin, "vm")
        door = Door(cache, lambda: origin.key, on_machine(tmp_path / f"{at}.sock"), SystemClock())
        door.open()
        doors.append(door)
    addresses = [entry.address for _, entry in origin.store.entries(name) if entry.address]
    origin.given.clear()
    lost = Neighbour(f"unix:{tmp_path}/lost.sock", shown)
    near = Nearby([lost, *(Neighbour(f"unix:{tmp_path}/{at}.sock", shown) for at in ("a", "b"))], origin)
    assert list(near.chunks(addresses)) == list(origin.store.chunks(addresses))
    assert origin.given == []
    for door in doors:
        door.close()
    (tmp_path / "a.sock").unlink()
    (tmp_path / "b.sock").unlink()
    fresh = Nearby([lost, Neighbour(f"unix:{tmp_path}/a.sock", shown)], origin)
    assert list(fresh.chunks(addresses)) == list(origin.store.chunks(addresses))
    assert len(origin.given) == len(addresses)
