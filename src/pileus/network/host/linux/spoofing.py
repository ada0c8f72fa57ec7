"""The bridge table: which frame may come from which tap, and which mark tells the filter whose packet it is.

Every check is one look into a hash of (tap, MAC, address), so it costs the same for one port or a thousand.
nftables before 1.0.9 has no word for the target of a neighbour advertisement: `@th,64,128` are those bits
(RFC 4861, 4.4: the target follows 8 bytes after the ICMPv6 header's start).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_network

from pileus.network.host.linux.ruleset import Bag, Chain, Key
from pileus.network.host.spec import Port
from pileus.network.host.switch import METADATA, Rules, tap_name

Network = IPv4Network | IPv6Network
TABLE = "bridge pileus_spoof"

BAGS = {
    "marks": ("map", "type ifname : mark"),
    "guarded": ("set", "type ifname"),
    "trusted": ("set", "type ifname"),
    "edges": ("set", "type ifname"),
    "macs": ("set", "type ifname . ether_addr"),
    "sources4": ("set", "type ifname . ether_addr . ipv4_addr"),
    "sources6": ("set", "type ifname . ether_addr . ipv6_addr"),
    "targets6": ("set", "typeof iifname . @th,64,128"),
    "ranges4": ("set", "type ifname . ether_addr . ipv4_addr; flags interval"),
    "ranges6": ("set", "type ifname . ether_addr . ipv6_addr; flags interval"),
    "target_ranges6": ("set", "typeof iifname . @th,64,128; flags interval"),
}

CHAINS = {
    "arriving": Chain(
        (
            "iifname @guarded goto spoof",
            "iifname @trusted goto known",
            "iifname @edges goto outer",
        ),
        "type filter hook prerouting priority -350; policy accept;",
    ),
    "leaving": Chain(
        (
            "oifname @edges jump outward",
            "iifname @guarded meta mark set 0",
            "meta mark set oifname map @marks",
        ),
        "type filter hook forward priority -10; policy accept;",
    ),
    "spoof": Chain(
        (
            "iifname . ether saddr != @macs drop",
            "ether type arp goto spoof_arp",
            "ether type ip goto spoof4",
            "ether type ip6 goto spoof6",
            "ether type 0x8035 accept",  # RARP: how a hypervisor tells where a migrated guest now lives
            "drop",
        )
    ),
    "spoof_arp": Chain(
        (
            "arp htype != 1 drop",
            "arp ptype != 0x0800 drop",
            "arp hlen != 6 drop",
            "arp plen != 4 drop",
            f"arp saddr ip {METADATA} drop",  # no pair makes anybody the host
            "iifname . arp saddr ether . arp saddr ip @sources4 accept",
            "iifname . arp saddr ether . arp saddr ip @ranges4 accept",
            # A probe (RFC 5227) names no sender, and may only ask for an address of the port's own.
            "arp saddr ip 0.0.0.0 iifname . arp saddr ether . arp daddr ip @sources4 accept",
            "arp saddr ip 0.0.0.0 iifname . arp saddr ether . arp daddr ip @ranges4 accept",
            "drop",
        )
    ),
    "spoof4": Chain(
        (
            "udp sport 67 drop",
            f"ip saddr {METADATA} drop",
            "ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 goto marked",
            "iifname . ether saddr . ip saddr @sources4 goto marked",
            "iifname . ether saddr . ip saddr @ranges4 goto marked",
            "drop",
        )
    ),
    "spoof6": Chain(
        (
            "icmpv6 type { 134, 137 } drop",  # router advertisement, redirect
            "udp sport 547 drop",
            "icmpv6 type 136 goto advertised",
            "ip6 saddr :: icmpv6 type 135 goto probed",
            "ip6 saddr :: icmpv6 type { 131, 132, 133, 143 } goto marked",
            "goto bound6",
        )
    ),
    "advertised": Chain(
        (
            "iifname . @th,64,128 @targets6 goto bound6",
            "iifname . @th,64,128 @target_ranges6 goto bound6",
            "drop",
        )
    ),
    "probed": Chain(
        (
            "iifname . @th,64,128 @targets6 goto marked",
            "iifname . @th,64,128 @target_ranges6 goto marked",
            "drop",
        )
    ),
    "bound6": Chain(
        (
            "iifname . ether saddr . ip6 saddr @sources6 goto marked",
            "iifname . ether saddr . ip6 saddr @ranges6 goto marked",
            "drop",
        )
    ),
    "marked": Chain(("meta mark set iifname map @marks accept", "drop")),
    # Even a port that may send anything gets only its own metadata.
    "known": Chain((f"ip daddr {METADATA} iifname . ether saddr . ip saddr != @sources4 drop",)),
    # Between hosts that share a segment each keeps DHCP and metadata to its own guests.
    "outer": Chain(
        (
            f"ip daddr {METADATA} drop",
            f"arp daddr ip {METADATA} drop",
            f"arp saddr ip {METADATA} drop",
            "udp sport 67 drop",
            "udp dport 67 drop",
        )
    ),
    "outward": Chain((f"arp daddr ip {METADATA} drop", f"ip daddr {METADATA} drop", "udp dport 67 drop")),
}


def chains() -> dict[Key, Chain]:
    """The table's chains; none depends on ports."""
    return {(TABLE, name): chain for name, chain in CHAINS.items()}


def bags(rules: Rules, edges: frozenset[str]) -> dict[Key, Bag]:
    """The table's sets, filled for these ports; `edges` are interfaces behind which the world begins."""
    elements: dict[str, set[str]] = defaultdict(set)
    elements["edges"] = {f'"{edge}"' for edge in edges}
    for port in rules.ports:
        if port.guarded:
            elements["marks"].add(f'"{tap_name(port.id)}" : {rules.numbers[port.id]}')
        for name, element in bindings(port):
            elements[name].add(element)
    return {(TABLE, name): Bag(kind, of, frozenset(elements[name])) for name, (kind, of) in BAGS.items()}


@lru_cache(maxsize=8192)
def bindings(port: Port) -> tuple[tuple[str, str], ...]:
    """What a port adds to the sets: (set, element)."""
    tap = f'"{tap_name(port.id)}"'
    held = _held(port)
    return (
        ("guarded" if port.guarded else "trusted", tap),
        *(("macs", f"{tap} . {mac}") for mac in held),
        *(part for mac, networks in held.items() for part in _sources(f"{tap} . {mac}", networks)),
        *_targets(tap, {network for networks in held.values() for network in networks}),
    )


def _held(port: Port) -> dict[str, set[Network]]:
    """Each MAC with the ranges it may send from."""
    held = {mac: {ip_network(link_local(mac))} for mac in (port.mac, *(pair.mac for pair in port.pairs))}
    for address in port.addresses:
        held[port.mac].add(ip_network(address.ip))
    for pair in port.pairs:
        held[pair.mac].add(ip_network(pair.ip, strict=False))
    return held


def _sources(whose: str, networks: set[Network]) -> Iterator[tuple[str, str]]:
    for network in _disjoint(networks):
        lone = network.prefixlen == network.max_prefixlen
        text = network.network_address if lone else network
        yield f"{'sources' if lone else 'ranges'}{network.version}", f"{whose} . {text}"


def _targets(tap: str, networks: set[Network]) -> Iterator[tuple[str, str]]:
    for network in _disjoint({network for network in networks if network.version == 6}):
        first, last = int(network.network_address), int(network.broadcast_address)
        lone = first == last
        target = f"{first:#034x}" if lone else f"{first:#034x}-{last:#034x}"
        yield "targets6" if lone else "target_ranges6", f"{tap} . {target}"


def _disjoint(networks: set[Network]) -> Iterator[Network]:
    """The same addresses in ranges of which none overlaps another, as nft wants them."""
    for version in (4, 6):
        family = [network for network in networks if network.version == version]
        yield from collapse_addresses(family)  # type: ignore[type-var]


def link_local(mac: str) -> str:
    """The address every IPv6 card gives itself from its MAC (RFC 4291, appendix A)."""
    parts = bytes.fromhex(mac.replace(":", ""))
    interface = bytes([parts[0] ^ 2]) + parts[1:3] + b"\xff\xfe" + parts[3:]
    return str(IPv6Address(b"\xfe\x80" + bytes(6) + interface))
