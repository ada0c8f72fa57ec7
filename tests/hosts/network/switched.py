"""A host for tests: a namespace, the Linux switch that keeps it, and guests on its taps."""

from __future__ import annotations

from pathlib import Path

from pileus.network.host.converge import converge
from pileus.network.host.linux import LinuxSwitch
from pileus.network.host.reporting import Report
from pileus.network.host.spec import Group, Network, Port, Rule
from pileus.network.host.switch import Outside, tap_name
from pileus.network.host.wanted import Wanted
from tests.hosts.namespaces import Guest, Namespace
from tests.network.host.specs import group, network, wanted

HOME = network()
OPEN = group(1, Rule("ingress", protocol="icmp", low=8))
"""A group that lets pings in."""


class Host:
    """A namespace, the switch that keeps it, and the guests on its taps."""

    def __init__(self, directory: Path, outside: Outside | None = None) -> None:
        self.directory, self.outside = directory, outside or Outside()
        self.space = Namespace()
        self.guests: dict[str, Guest] = {}
        self.restart()

    def restart(self) -> None:
        """A new agent, which knows nothing but what it finds."""
        with self.space.entered():
            self.switch = LinuxSwitch(self.directory, self.outside)

    def hold(self, *parts: Network | Port | Group) -> Report:
        """Converge to exactly these."""
        return self.converge(wanted(*parts))

    def converge(self, all: Wanted) -> Report:
        with self.space.entered():
            return converge(self.switch, all)

    def guest(self, at: Port, *addresses: str) -> Guest:
        """A machine on a port, with the port's addresses unless others are named."""
        guest = self.guests[at.id] = Guest(self.space, tap_name(at.id), at.mac)
        for text in addresses or [f"{address.ip}/{64 if ':' in address.ip else 24}" for address in at.addresses]:
            guest.addressed(text)
        return guest

    def end(self) -> None:
        for guest in self.guests.values():
            guest.end()
        self.switch.close()
        self.space.end()
