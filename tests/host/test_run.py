"""An agent in threads survives a cloud that forgets it, and stops when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pileus.compute.host.fake import FakeHypervisor
from pileus.compute.host.keeper import Keeper
from pileus.host import run
from pileus.host.line import LinkFailed
from pileus.host.link import HttpLink, Refused
from pileus.host.loop import Agent, Asked
from pileus.host.run import Runner
from pileus.kernel.clock import SystemClock
from pileus.network.host.fake import FakeSwitch


class Forgetful(HttpLink):
    """A cloud that cannot be reached at first, and forgets the host once."""

    def __init__(self, tmp_path: Path) -> None:
        super().__init__(f"unix:{tmp_path}/none", name="h", zone=None, ticket=tmp_path)
        self.joined, self.polls = 0, 0
        self.again = threading.Event()

    def join(self, *, refused: str | None = None) -> str:
        """Another identifier each time."""
        self.joined += 1
        if self.joined == 1:
            raise LinkFailed("not yet")
        self.host_id = f"h{self.joined}"
        return self.host_id

    def wanted(self, above: int, wait: float) -> Sequence[Asked]:
        """Nothing; the third time nobody knows the host."""
        self.polls += 1
        if self.polls == 3:
            raise Refused("old")
        if self.polls > 4:
            self.again.set()
            threading.Event().wait(0.05)
        return []

    def report(self, seen: Any) -> None:
        """Hear nothing."""

    def beat(self, capacity: Any, usage: Any) -> None:
        """Feel nothing."""


def test_a_host_that_is_forgotten_joins_again_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "AGAIN", 0.01)
    link, hypervisor = Forgetful(tmp_path), FakeHypervisor(SystemClock())

    def make(workers: ThreadPoolExecutor, runner: Runner) -> Agent:
        return Agent(link, Keeper(hypervisor, SystemClock()), hypervisor, FakeSwitch())

    runner = Runner(link, hypervisor, make)
    threads = runner.start()
    assert link.again.wait(10)
    assert link.joined == 3
    assert runner.agent.is_complete
    runner.stop()
    for each in threads:
        each.join(10)
    assert not any(each.is_alive() for each in threads)
