"""A real guest with a shell on its serial console, and the host it is on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar

from msgspec.structs import replace

from pileus.compute.host.keeper import Keeper
from pileus.compute.host.spec import Guest, SeenGuest
from pileus.kernel.clock import SystemClock
from tests.hosts.contained import ContainedHost

Answer = TypeVar("Answer")


def until(happens: Callable[[], Answer], seconds: float = 100) -> Answer:
    deadline = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)
    return found


def printed(said: str, begin: str, end: str) -> str:
    """What a command printed between two marks; the kernel and the guest's own doings speak up there too."""
    lines = said.rpartition(begin)[2].partition(end)[0].splitlines()
    return "\n".join(line for line in lines if not line.startswith(("[", "guest[", "guest: "))).strip()


class Running:
    """A guest with a shell on its serial console, and the host it is on."""

    def __init__(self, host: ContainedHost, wanted: Guest) -> None:
        self.host = host
        self.hypervisor: Any = host.hypervisor
        self.keeper = Keeper(self.hypervisor, SystemClock())
        self._told = 0
        self.wanted = wanted
        self.look()
        self.comes_up()

    def look(self, **changes: Any) -> SeenGuest:
        """Let a keeper look once, with something else wanted from now on."""
        self.wanted = replace(self.wanted, **changes)
        return self.keeper.look({self.wanted.id: self.wanted})[self.wanted.id]

    def comes_up(self, times: int = 1) -> None:
        until(lambda: self.said().count("READY") == times)

    def said(self) -> str:
        return str(self.hypervisor.console(self.wanted.id, 10_000))

    def does(self, command: str) -> str:
        """Type a command; what it printed."""
        self._told += 1
        begin, end = f"begin-{self._told}", f"end-{self._told}"
        with self.terminal() as terminal:
            terminal.write(f"\necho {begin[0]}''{begin[1:]}; {command}; echo {end[0]}''{end[1:]}\n".encode())
            until(lambda: end in self.said(), 30)
        return printed(self.said(), begin, end)

    def terminal(self) -> BinaryIO:
        """Its serial line; QEMU takes a second to notice that somebody is there, and hears nothing before."""
        line = self.host.run(f"virsh ttyconsole {self.wanted.id}").strip()
        return os.fdopen(os.open(line, os.O_RDWR | os.O_NOCTTY), "wb", buffering=0)
