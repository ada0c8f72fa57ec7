"""A security group in the words of nftables: its rules, and its members as sets that other groups' rules name."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pileus.network.host.linux.ruleset import Bag, Chain
from pileus.network.host.protocols import PORTED, number_of
from pileus.network.host.spec import Group, Rule
from pileus.network.host.switch import group_name

MEMBERS = {4: "type ipv4_addr", 6: "type ipv6_addr"}


def bags_of_members(groups: Iterable[Group]) -> dict[str, Bag]:
    """The sets of the members of every group that a rule names; one that is not here has none."""
    groups = tuple(groups)
    members = {group.id: group.members for group in groups}
    named = {rule.remote_group for group in groups for rule in group.rules if rule.remote_group}
    return {name: bag for id in named for name, bag in _members(id, members.get(id, ()))}


@lru_cache(maxsize=65536)
def _member(text: str) -> tuple[int, str, ipaddress.IPv4Network | ipaddress.IPv6Network | None]:
    """A member's family, the address if it is one, and the range if it is more."""
    network = ipaddress.ip_network(text, strict=False)
    lone = network.prefixlen == network.max_prefixlen
    return network.version, str(network.network_address), None if lone else network


@lru_cache(maxsize=1024)
def _members(group_id: str, members: tuple[str, ...]) -> tuple[tuple[str, Bag], ...]:
    """Addresses lie in hashes; ranges (of allowed pairs) in trees of their own, made only if there are any."""
    lone: dict[int, set[str]] = {4: set(), 6: set()}
    wide: dict[int, list[ipaddress.IPv4Network | ipaddress.IPv6Network]] = {4: [], 6: []}
    for version, text, network in map(_member, members):
        if network is None:
            lone[version].add(text)
        else:
            wide[version].append(network)
    bags = [
        (f"members{version}_{group_name(group_id)}", Bag("set", of, frozenset(lone[version])))
        for version, of in MEMBERS.items()
    ]
    for version, networks in wide.items():
        if networks:
            disjoint = frozenset(map(str, ipaddress.collapse_addresses(networks)))  # type: ignore[type-var]
            bags.append(
                (f"ranges{version}_{group_name(group_id)}", Bag("set", f"{MEMBERS[version]}; flags interval", disjoint))
            )
    return tuple(bags)


def ranged(bags: Iterable[str]) -> frozenset[str]:
    """Of these sets those of ranges, which a rule must name besides."""
    return frozenset(name for name in bags if name.startswith("ranges"))


@lru_cache(maxsize=4096)
def rules_of(rules: tuple[Rule, ...], with_ranges: frozenset[str]) -> tuple[Chain, Chain]:
    """A group's chains: what it lets in, and what it lets out."""
    ways = (("ingress", "accept"), ("egress", "goto pass"))
    chains = []
    for direction, verdict in ways:
        lines = (line for rule in rules if rule.direction == direction for line in _lines(rule, verdict, with_ranges))
        chains.append(Chain(tuple(dict.fromkeys(lines))))
    return chains[0], chains[1]


def _lines(rule: Rule, verdict: str, with_ranges: frozenset[str]) -> Iterator[str]:
    for remote in _remotes(rule, with_ranges):
        yield " ".join(part for part in (remote, _protocol(rule), verdict) if part)


def _remotes(rule: Rule, with_ranges: frozenset[str]) -> Iterator[str]:
    """How the far end is told; a group whose members hold ranges takes a second line."""
    version = rule.family[-1]
    end = ("ip" if version == "4" else "ip6") + (" saddr" if rule.direction == "ingress" else " daddr")
    if rule.remote_group is not None:
        yield f"{end} @members{version}_{group_name(rule.remote_group)}"
        if (ranges := f"ranges{version}_{group_name(rule.remote_group)}") in with_ranges:
            yield f"{end} @{ranges}"
        return
    cidr = ipaddress.ip_network(rule.remote_cidr, strict=False) if rule.remote_cidr else None
    yield f"{end} {cidr}" if cidr is not None and cidr.prefixlen else f"meta nfproto ipv{version}"


def _protocol(rule: Rule) -> str:
    number = number_of(rule.protocol, rule.family)
    if not number:  # 0 is any protocol, as in the reference
        return ""
    if rule.low is None:
        return f"meta l4proto {number}"
    if number in PORTED:
        return f"meta l4proto {number} th dport {rule.low}-{rule.high}"
    name = "icmp" if number == 1 else "icmpv6"
    code = f" {name} code {rule.high}" if rule.high is not None else ""
    return f"{name} type {rule.low}{code}"
