"""Puts a host's agent together: fakes in memory, or libvirt and Linux networking in namespaces of the host's own."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pileus.compute.host.fake import CAPACITY, FakeHypervisor, Faults
from pileus.compute.host.keeper import Keeper
from pileus.host.loop import Agent
from pileus.host.run import Runner
from pileus.kernel.clock import Clock
from pileus.network.host.fake import FakeSwitch

if TYPE_CHECKING:
    from pileus.host.link import HttpLink
    from pileus.host.settings import HostSettings

log = logging.getLogger(__name__)

MANY = 1_000_000
"""Boots at a time on a fake host: a guest that takes no room starves nobody."""


def fake(link: HttpLink, clock: Clock, *, capacity: dict[str, int], faults: Faults) -> Runner:
    """A host in memory.  `capacity` is what it has, in the words of `Capacity`."""
    hypervisor = FakeHypervisor(clock, capacity=msgspec.structs.replace(CAPACITY, **capacity), faults=faults)

    def make(workers: ThreadPoolExecutor, runner: Runner) -> Agent:
        return Agent(link, Keeper(hypervisor, clock, boots=MANY), hypervisor, FakeSwitch())

    return Runner(link, hypervisor, make)


def real(link: HttpLink, clock: Clock, settings: HostSettings, place: Path) -> Runner:
    """A host with libvirt, whose files lie in `place`; to be called where its guests are to live."""
    from pileus.host.libvirt_host import LibvirtHost

    host = LibvirtHost(link, clock, settings, place)

    def make(workers: ThreadPoolExecutor, runner: Runner) -> Agent:
        keeper = Keeper(host.hypervisor, clock, run=workers.submit, wake=runner.wake)
        agent = Agent(link, keeper, host.hypervisor, host.switch, follow=host.metadata.follow)
        host.metadata.documents = agent.documents
        return agent

    return Runner(link, host.hypervisor, make)
