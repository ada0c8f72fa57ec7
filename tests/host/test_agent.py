"""An agent put together with fakes brings about what is wanted of it, and shows the faults it was given."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import to_builtins
from msgspec.structs import replace

from pileus.compute.host.fake import Faults
from pileus.compute.host.spec import Capacity
from pileus.host import agent
from pileus.host.link import HttpLink
from pileus.host.loop import Asked
from pileus.kernel.clock import SystemClock
from tests.compute.host.specs import guest

PATIENCE = 10.0


class Cloud(HttpLink):
    """A cloud that wants some guests, and remembers what it is told."""

    def __init__(self, tmp_path: Path, *names: str) -> None:
        super().__init__(f"unix:{tmp_path}/none", name="host-1", zone=None, ticket=tmp_path)
        wanted = [replace(guest(number), name=name) for number, name in enumerate(names, start=1)]
        self._wanted = [Asked("guest", one.id, number, to_builtins(one)) for number, one in enumerate(wanted, start=1)]
        self._told = threading.Condition()
        self.seen: dict[int, dict[str, Any]] = {}
        self.capacity: Capacity | None = None

    def join(self, *, refused: str | None = None) -> str:
        """At once."""
        self.host_id = "h"
        return self.host_id

    def wanted(self, above: int, wait: float) -> Sequence[Asked]:
        """Everything, then nothing more."""
        rows = [row for row in self._wanted if row.number > above]
        if not rows and wait:
            threading.Event().wait(0.05)
        return rows

    def report(self, seen: Sequence[Any]) -> None:
        """Remember it."""
        with self._told:
            self.seen |= {one["number"]: one["body"] for one in seen}
            self._told.notify_all()

    def beat(self, capacity: Capacity, usage: Sequence[Any]) -> None:
        """Remember it."""
        with self._told:
            self.capacity = capacity
            self._told.notify_all()

    def hears(self, happens: Callable[[], bool]) -> bool:
        with self._told:
            return self._told.wait_for(happens, PATIENCE)


def test_a_fake_host_has_what_it_was_given_and_runs_what_is_wanted(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, "web", "worker")
    runner = agent.fake(cloud, SystemClock(), capacity={"vcpus": 7}, faults=Faults())
    runner.start()
    try:
        assert cloud.hears(
            lambda: {one["state"] for one in cloud.seen.values()} == {"running"} and len(cloud.seen) == 2
        )
        assert cloud.hears(lambda: cloud.capacity is not None and cloud.capacity.vcpus == 7)
    finally:
        runner.stop()


def test_faults_are_those_of_the_servers_named(tmp_path: Path) -> None:
    cloud, faults = Cloud(tmp_path, "web", "broken", "panics"), Faults(refused=("broken",), crashing=("panics",))
    runner = agent.fake(cloud, SystemClock(), capacity={}, faults=faults)
    runner.start()
    try:
        ends = {1: "running", 2: "failed", 3: "crashed"}
        assert cloud.hears(lambda: {number: one["state"] for number, one in cloud.seen.items()} == ends)
    finally:
        runner.stop()
