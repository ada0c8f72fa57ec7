"""The Linux switch itself: the verbs, each handed to whoever keeps its layer."""

from __future__ import annotations

import secrets
from pathlib import Path

from pileus.network.host.linux.connections import doubtful, forget, forget_zone
from pileus.network.host.linux.dnsmasq import Dnsmasq
from pileus.network.host.linux.faults import told_of
from pileus.network.host.linux.links import Links
from pileus.network.host.linux.packet_filter import PacketFilter
from pileus.network.host.linux.sysctl import show_bridged_packets
from pileus.network.host.switch import Bridge, Outside, Rules, Seen, Service, Tap, bridge_name, tap_name
from pileus.network.host.validity import check_outside


class LinuxSwitch:
    """The switch of the network namespace in which it is made and called.

    `directory` holds dnsmasq's files and the seed of this host's MAC addresses; nothing of it is missed after a
    reboot, and dnsmasq gives up its rights only if everybody may enter it.
    """

    def __init__(self, directory: Path, outside: Outside | None = None) -> None:
        self.outside = outside or Outside()
        check_outside(self.outside)
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.links = Links(self.outside, _seed(directory / "seed"))
        self.filter = PacketFilter(self.outside)
        self.dnsmasq = Dnsmasq(directory / "dhcp")

    def observe(self) -> Seen:
        """What holds now."""
        with told_of("looking"):
            return Seen(
                outside=self.outside,
                bridges=self.links.bridges(),
                taps=self.links.taps(),
                services=self.dnsmasq.services(),
                rules=self.filter.held(),
            )

    def lay(self, bridge: Bridge) -> None:
        """Make a network's bridge, or make it so."""
        with told_of(f"bridge {bridge_name(bridge.network_id)}"):
            self.links.lay(bridge)

    def clear(self, network_id: str) -> None:
        """Remove a network's bridge and what was remembered of its connections."""
        with told_of(f"bridge {bridge_name(network_id)}"):
            bridge = self.links.bridges().get(network_id)
            self.links.remove(bridge_name(network_id), "network")
            if bridge is not None:
                forget_zone(bridge.number)

    def plug(self, tap: Tap) -> None:
        """Make a port's tap on its bridge, or make it so."""
        with told_of(f"tap {tap_name(tap.port_id)}"):
            self.links.plug(tap)

    def unplug(self, port_id: str) -> None:
        """Remove a port's tap."""
        with told_of(f"tap {tap_name(port_id)}"):
            self.links.remove(tap_name(port_id), "port")

    def serve(self, service: Service) -> None:
        """Serve a network exactly these leases; those no longer named end at once."""
        name = bridge_name(service.network.id)
        with told_of(f"services of {name}"):
            self.dnsmasq.serve(service)

    def silence(self, network_id: str) -> None:
        """End a network's services."""
        with told_of(f"services of {bridge_name(network_id)}"):
            self.dnsmasq.silence(network_id)

    def guard(self, rules: Rules) -> None:
        """Let pass exactly what these rules say, from one packet to the next."""
        with told_of("rules"):
            show_bridged_packets()
            before = self.filter.held()
            self.filter.hold(rules)
            if before is not None:
                forget(doubtful(before, rules))

    def dismantle(self) -> None:
        """Remove every trace of ours from the namespace."""
        seen = self.observe()
        for verb, ids in ((self.unplug, seen.taps), (self.silence, seen.services), (self.clear, seen.bridges)):
            for id in ids:
                verb(id)
        with told_of("rules"):
            self.filter.drop()

    def close(self) -> None:
        """Let go of the kernel; what was built stays."""
        self.links.close()


def _seed(path: Path) -> bytes:
    """Random bytes that stay the same."""
    if not path.exists():
        path.write_bytes(secrets.token_bytes(16))
    return path.read_bytes()[:32]
