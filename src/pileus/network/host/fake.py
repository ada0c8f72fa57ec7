"""A switch in memory that obeys the same protocol: for fake hosts and for tests, with faults on demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pileus.network.host.switch import Bridge, Outside, Rules, Seen, Service, SwitchFault, Tap


class FakeSwitch:
    """Holds what it is told.  `refuses` maps a verb to the words with which it fails until that is taken back."""

    def __init__(self, outside: Outside | None = None, refuses: Mapping[str, str] | None = None) -> None:
        self.outside = outside or Outside()
        self.refuses = dict(refuses or {})
        self.bridges: dict[str, Bridge] = {}
        self.taps: dict[str, Tap] = {}
        self.services: dict[str, Service | None] = {}
        self.rules: Rules | None = None

    def observe(self) -> Seen:
        """What holds now."""
        self._answer("observe")
        return Seen(self.outside, dict(self.bridges), dict(self.taps), dict(self.services), self.rules)

    def lay(self, bridge: Bridge) -> None:
        """Make a network's bridge, or make it so."""
        self._answer("lay")
        self.bridges[bridge.network_id] = bridge

    def clear(self, network_id: str) -> None:
        """Remove a network's bridge: its taps hang on nothing then, and its service hears nobody."""
        self._answer("clear")
        self.lose_bridge(network_id)

    def plug(self, tap: Tap) -> None:
        """Make a port's tap on its bridge, or make it so."""
        self._answer("plug")
        if tap.network_id not in self.bridges:
            raise SwitchFault("there is no such bridge")
        self.taps[tap.port_id] = tap

    def unplug(self, port_id: str) -> None:
        """Remove a port's tap."""
        self._answer("unplug")
        self.taps.pop(port_id, None)

    def serve(self, service: Service) -> None:
        """Serve a network exactly these leases."""
        self._answer("serve")
        if service.network.id not in self.bridges:
            raise SwitchFault("there is no such bridge")
        self.services[service.network.id] = service

    def silence(self, network_id: str) -> None:
        """End a network's services."""
        self._answer("silence")
        self.services.pop(network_id, None)

    def guard(self, rules: Rules) -> None:
        """Let pass exactly what these rules say."""
        self._answer("guard")
        self.rules = rules

    def lose_bridge(self, network_id: str) -> None:
        """Drift: somebody removed a bridge."""
        self.bridges.pop(network_id, None)
        self.taps = {id: _hanging(tap, network_id) for id, tap in self.taps.items()}
        if network_id in self.services:
            self.services[network_id] = None

    def lose_tap(self, port_id: str) -> None:
        """Drift: somebody removed a tap."""
        self.taps.pop(port_id, None)

    def lose_rules(self) -> None:
        """Drift: somebody changed the packet filter."""
        self.rules = None

    def lose_service(self, network_id: str) -> None:
        """Drift: a service died."""
        self.services[network_id] = None

    def _answer(self, verb: str) -> None:
        if verb in self.refuses:
            raise SwitchFault(self.refuses[verb])


def _hanging(tap: Tap, lost: str) -> Tap:
    changes: dict[str, Any] = {"network_id": ""} if tap.network_id == lost else {}
    return msgspec.structs.replace(tap, **changes)
