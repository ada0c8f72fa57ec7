"""The inet table: security groups, what guests may ask of the host, and NAT.

A packet carries the mark of the port it came from until its egress rules were asked (prerouting), then that
of the port it goes to (forward); the bridge table sets both.  Ports have a chain for each direction, groups
too: a port's chain names its groups, so a rule touches one group's chain and a port its own two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pileus.network.host.linux.group_rules import bags_of_members, ranged, rules_of
from pileus.network.host.linux.ruleset import Bag, Chain, Key
from pileus.network.host.spec import Network, Port
from pileus.network.host.switch import METADATA, Outside, Rules, bridge_name, group_name, tap_name

TABLE = "inet pileus_guard"

BAGS = {
    "bridges": ("set", "type ifname"),
    "within": ("set", "type ifname . ifname"),
    "uplinked": ("set", "type ifname"),
    "answers4": ("set", "type ifname . ipv4_addr"),
    "answers6": ("set", "type ifname . ipv6_addr"),
    "zones": ("map", "typeof iifname : ct zone"),
    "senders": ("map", "type mark : verdict"),
    "receivers": ("map", "type mark : verdict"),
    "routed4": ("map", "type ifname . ipv4_addr : verdict"),
    "routed6": ("map", "type ifname . ipv6_addr : verdict"),
}

NEIGHBOURS = "icmpv6 type { 130, 131, 132, 133, 134, 135, 136, 143 }"
"""Without these no IPv6 host finds another (RFC 4890, 4.4.1)."""

CHAINS = {
    "zone_in": Chain(("ct zone set iifname map @zones",), "type filter hook prerouting priority raw; policy accept;"),
    "zone_out": Chain(("ct zone set oifname map @zones",), "type filter hook output priority raw; policy accept;"),
    "prerouting": Chain(
        ("iifname @bridges goto sending",), "type filter hook prerouting priority filter; policy accept;"
    ),
    "sending": Chain(
        (
            "ct state established,related goto pass",
            "meta mark 0 goto pass",
            "udp sport 68 udp dport 67 goto pass",
            "udp sport 546 udp dport 547 goto pass",
            NEIGHBOURS + " goto pass",
            "fib daddr type local goto pass",
            "ct state invalid drop",
            "meta mark vmap @senders",
            "drop",
        )
    ),
    "pass": Chain(("meta mark set 0", "accept")),
    "forward": Chain(
        (
            "iifname . oifname @within goto receiving",
            "iifname @bridges goto outward",
            "oifname @bridges goto inward",
        ),
        "type filter hook forward priority filter; policy accept;",
    ),
    "receiving": Chain(
        (
            "meta mark 0 accept",
            "ct state established,related accept",
            NEIGHBOURS + " accept",
            "ct state invalid drop",
            "meta mark vmap @receivers",
            "drop",
        )
    ),
    "inward": Chain(
        (
            "ct state established,related accept",
            "ct state invalid drop",
            "oifname . ip daddr vmap @routed4",
            "oifname . ip6 daddr vmap @routed6",
            "drop",
        )
    ),
    "input": Chain(("iifname @bridges goto to_host",), "type filter hook input priority filter; policy accept;"),
    "to_host": Chain(
        (
            "ct state established,related accept",
            "udp dport { 67, 547 } accept",
            f"ip daddr {METADATA} tcp dport 80 accept",
            "iifname . ip daddr @answers4 meta l4proto { tcp, udp } th dport 53 accept",
            "iifname . ip6 daddr @answers6 meta l4proto { tcp, udp } th dport 53 accept",
            "icmp type echo-request accept",
            "icmpv6 type echo-request accept",
            NEIGHBOURS + " accept",
            "drop",
        )
    ),
}


def chains(rules: Rules, outside: Outside) -> dict[Key, Chain]:
    """The table's chains: a fixed frame, two for each port, and for each group those that say anything."""
    held = {**CHAINS, **_ways_out(outside)}
    with_ranges = ranged(bags_of_members(rules.groups))
    ways: dict[str, dict[str, str]] = {"in": {}, "out": {}}
    for group in rules.groups:
        for way, chain in zip(ways, rules_of(group.rules, with_ranges), strict=True):
            if chain.rules:
                name = ways[way][group.id] = f"let_{way}_{group_name(group.id)}"
                held[name] = chain
    for port in rules.ports:
        if port.guarded:
            for way, names in ways.items():
                jumps = (f"jump {names[group]}" for group in port.groups if group in names)
                held[f"{way}_{tap_name(port.id)}"] = Chain((*jumps, "drop"))
    return {(TABLE, name): chain for name, chain in held.items()}


def _ways_out(outside: Outside) -> dict[str, Chain]:
    """How packets leave the host by its uplink, if it has one."""
    leave = f'oifname "{outside.uplink}" iifname @uplinked'
    uplink = outside.uplink is not None
    return {
        "outward": Chain(((f"{leave} accept",) if uplink else ()) + ("drop",)),
        "postrouting": Chain(
            (f"{leave} masquerade",) if uplink else (), "type nat hook postrouting priority srcnat; policy accept;"
        ),
    }


def bags(rules: Rules, outside: Outside) -> dict[Key, Bag]:
    """The table's sets and maps, filled for these networks, ports and groups."""
    elements: dict[str, set[str]] = defaultdict(set)
    for network in rules.networks:
        _fill_from_network(elements, network, rules.numbers, outside)
    for port in rules.ports:
        _fill_from_port(elements, port, rules.numbers)
    fixed = {(TABLE, name): Bag(kind, of, frozenset(elements[name])) for name, (kind, of) in BAGS.items()}
    return fixed | {(TABLE, name): bag for name, bag in bags_of_members(rules.groups).items()}


def _fill_from_network(
    elements: dict[str, set[str]], network: Network, numbers: Mapping[str, int], outside: Outside
) -> None:
    bridge = f'"{bridge_name(network.id)}"'
    elements["bridges"].add(bridge)
    elements["within"].add(f"{bridge} . {bridge}")
    if network.uplink:  # replies to the uplink's own address could not know a zone
        elements["uplinked"].add(bridge)
    else:
        elements["zones"].add(f"{bridge} : {numbers[network.id]}")
    if outside.resolvers:
        _fill_addresses(elements, "answers", bridge, network.service_addresses)


def _fill_from_port(elements: dict[str, set[str]], port: Port, numbers: Mapping[str, int]) -> None:
    bridge = f'"{bridge_name(port.network_id)}"'
    verdict = "accept"
    if port.guarded:
        number = numbers[port.id]
        elements["senders"].add(f"{number} : goto out_{tap_name(port.id)}")
        elements["receivers"].add(f"{number} : goto in_{tap_name(port.id)}")
        verdict = f"goto in_{tap_name(port.id)}"
    _fill_addresses(elements, "routed", bridge, (address.ip for address in port.addresses), f" : {verdict}")


def _fill_addresses(
    elements: dict[str, set[str]], bag: str, bridge: str, addresses: Iterable[str], tail: str = ""
) -> None:
    for text in addresses:
        elements[f"{bag}{6 if ':' in text else 4}"].add(f"{bridge} . {text}{tail}")
