"""The connections the kernel remembers, and which of them new rules no longer allow.

What is established passes without being asked again; so whoever loses a right, or an address that another may
get, has its connections forgotten and asked anew.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping

from pileus.network.host.linux.packet_filter import PATH
from pileus.network.host.spec import Port
from pileus.network.host.switch import Rules

MANY = 50
"""Above so many addresses a whole zone is forgotten at once; each costs two processes."""
Doubtful = set[tuple[int, str]]
"""(zone, address); zone 0 is shared by the networks with uplink and the host itself."""


def doubtful(before: Rules, after: Rules) -> Doubtful:
    """Whose connections may rest on what no longer holds."""
    old, new = ({group.id: group for group in rules.groups} for rules in (before, after))
    changed = [id for id, group in old.items() if group != new.get(id)]
    narrowed = {id for id in changed if set(old[id].rules) - set(new[id].rules if id in new else ())}
    ports, zones = {port.id: port for port in after.ports}, zones_of(before)
    found = {
        (zones[port.network_id], ip) for port in before.ports for ip in _losing(port, ports.get(port.id), narrowed)
    }
    lost = {id: set(old[id].members) - set(new[id].members if id in new else ()) for id in changed}
    return found | set(_expelled(before, {id: members for id, members in lost.items() if members}))


def _losing(port: Port, now: Port | None, narrowed: set[str]) -> set[str]:
    """The addresses of a port that lost a right; of one that only lost an address, that."""
    if port == now and narrowed.isdisjoint(port.groups):
        return set()
    had = {address.ip for address in port.addresses}
    if now is None or not narrowed.isdisjoint(port.groups):
        return had
    if now.guarded and (not port.guarded or set(port.groups) - set(now.groups)):
        return had
    return had - {address.ip for address in now.addresses}


def _expelled(rules: Rules, lost: Mapping[str, set[str]]) -> Iterator[tuple[int, str]]:
    """Members that left a group, on each network where a port lets that group pass."""
    if not lost:
        return
    zones = zones_of(rules)
    naming = {group.id: {rule.remote_group for rule in group.rules} for group in rules.groups}
    for port in rules.ports:
        for remote in {name for group in port.groups for name in naming.get(group, ())}:
            yield from ((zones[port.network_id], ip) for ip in lost.get(remote or "", ()))


def zones_of(rules: Rules) -> dict[str, int]:
    """The connection tracking zone of each network."""
    return {network.id: 0 if network.uplink else rules.numbers[network.id] for network in rules.networks}


def forget(connections: Doubtful) -> None:
    """Forget all connections to and from these."""
    many = {zone for zone, count in Counter(zone for zone, _ in connections).items() if zone and count > MANY}
    for zone in many:
        forget_zone(zone)
    for zone, address in connections:
        if zone not in many and "/" not in address:
            family = "ipv6" if ":" in address else "ipv4"
            _delete("-f", family, "-w", str(zone), "-s", address)
            _delete("-f", family, "-w", str(zone), "-d", address)


def forget_zone(zone: int) -> None:
    """Forget all connections of a network."""
    _delete("-w", str(zone))


def _delete(*which: str) -> None:
    """`conntrack` answers 1 when there was nothing to delete, which is as good."""
    subprocess.run(["conntrack", "-D", *which], capture_output=True, timeout=30, env={"PATH": PATH}, check=False)
