"""Whether a spec may be acted on: the agent is root, and a spec is data from a process with fewer rights."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache

from pileus.network.host.protocols import PORTED, number_of
from pileus.network.host.spec import Address, Group, Network, Pair, Port, Rule, Subnet
from pileus.network.host.switch import Outside

IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")
MOST = {"subnets": 64, "addresses": 128, "pairs": 256, "groups": 128, "rules": 10_000, "members": 200_000}


class Unsound(ValueError):
    """A spec no honest cloud sends; the message says which part."""


def check_network(network: Network) -> None:
    """Raise Unsound unless every part of a network may be acted on."""
    identifier(network.id, "network")
    within(network.mtu, 576, 65535, "MTU")
    few(network.subnets, "subnets")
    for subnet in network.subnets:
        check_subnet(subnet)
    for text in network.service_addresses:
        ip(text)
    if network.domain:
        domain(network.domain)


def check_subnet(subnet: Subnet) -> None:
    """Raise Unsound unless the subnet's range, gateway, resolvers and routes are addresses of its family."""
    identifier(subnet.id, "subnet")
    version = prefix(subnet.cidr).version
    if subnet.gateway is not None and ip(subnet.gateway).version != version:
        raise Unsound(f"gateway {subnet.gateway} is not of the family of {subnet.cidr}")
    if subnet.ipv6 is not None and version == 4:
        raise Unsound(f"{subnet.cidr} is not an IPv6 range")
    few(subnet.dns + subnet.routes, "addresses")
    for text in subnet.dns:
        ip(text)
    for route in subnet.routes:
        if prefix(route.destination).version != version or ip(route.nexthop).version != version:
            raise Unsound(f"route {route.destination} is not of the family of {subnet.cidr}")


def check_port(port: Port) -> None:
    """Raise Unsound unless every part of a port may be acted on."""
    identifier(port.id, "port")
    identifier(port.network_id, "network")
    mac(port.mac)
    for kind, parts in (("addresses", port.addresses), ("pairs", port.pairs), ("groups", port.groups)):
        few(parts, kind)
    for address in port.addresses:
        check_address(address)
    for pair in port.pairs:
        check_pair(pair)
    for group in port.groups:
        identifier(group, "security group")
    if port.guest_id:
        identifier(port.guest_id, "guest")
    if port.hostname:
        domain(port.hostname)


def check_address(address: Address) -> None:
    """Raise Unsound unless this is an address of a subnet."""
    identifier(address.subnet_id, "subnet")
    if str(ip(address.ip)) != address.ip:
        raise Unsound(f"{address.ip} is written otherwise: {ip(address.ip)}")


def check_pair(pair: Pair) -> None:
    """Raise Unsound unless this is a MAC and a range."""
    mac(pair.mac)
    prefix(pair.ip)


def check_group(group: Group) -> None:
    """Raise Unsound unless every rule and member of a security group may be acted on."""
    identifier(group.id, "security group")
    few(group.rules, "rules")
    few(group.members, "members")
    for rule in group.rules:
        check_rule(rule)
    for member in group.members:
        prefix(member)


def check_rule(rule: Rule) -> None:
    """Raise Unsound unless the rule can be said in the packet filter exactly as it stands."""
    number = number_of(rule.protocol, rule.family)
    if number is None and rule.protocol is not None:
        raise Unsound(f"no such protocol: {rule.protocol!r}")
    check_range(rule, number)
    if rule.remote_group is not None:
        identifier(rule.remote_group, "security group")
    if rule.remote_cidr is not None and f"IPv{prefix(rule.remote_cidr).version}" != rule.family:
        raise Unsound(f"{rule.remote_cidr} is not {rule.family}")


def check_range(rule: Rule, number: int | None) -> None:
    """Raise Unsound unless ports, or ICMP type and code, are given only where the protocol has them."""
    if rule.low is None and rule.high is None:
        return
    if number in PORTED:
        if rule.low is None or rule.high is None or not 0 <= rule.low <= rule.high <= 65535:
            raise Unsound(f"no range of ports: {rule.low} to {rule.high}")
    elif number in (1, 58):
        for value in (rule.low, rule.high):
            within(0 if value is None else value, 0, 255, "ICMP type or code")
        if rule.low is None:
            raise Unsound("an ICMP code needs its type")
    else:
        raise Unsound(f"protocol {rule.protocol!r} has no ports")


def check_outside(outside: Outside) -> None:
    """Raise Unsound unless what the operator gave are interfaces and addresses."""
    for name in (outside.attach, outside.uplink):
        if name is not None and not INTERFACE.fullmatch(name):
            raise Unsound(f"{name!r} names no interface")
    for resolver in outside.resolvers:
        ip(resolver)


def identifier(text: str, what: str) -> str:
    """The text, if it is a UUID in lower case."""
    if not IDENTIFIER.fullmatch(text):
        raise Unsound(f"{text!r} identifies no {what}")
    return text


def mac(text: str) -> str:
    """The text, if it is the address of one network card (not of a group of them, nor zero)."""
    if not MAC.fullmatch(text) or int(text[1], 16) & 1 or text == "00:00:00:00:00:00":
        raise Unsound(f"{text!r} is no MAC address of a card")
    return text


def ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address, if it is one and names no zone."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise Unsound(f"{text!r} is no address") from error
    if "%" in text:
        raise Unsound(f"{text!r} names a zone")
    return address


@lru_cache(maxsize=65536)
def prefix(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """The range, if it is one; a lone address is a range of one."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise Unsound(f"{text!r} is no range of addresses") from error
    if "%" in text:
        raise Unsound(f"{text!r} names a zone")
    return network


def domain(text: str) -> str:
    """The text, if it is a name DNS can carry (a final dot allowed)."""
    if len(text) > 253 or not all(LABEL.fullmatch(label) for label in text.removesuffix(".").split(".")):
        raise Unsound(f"{text!r} is no name for DNS")
    return text


def within(value: int, least: int, most: int, what: str) -> None:
    """Raise Unsound unless the value lies between both bounds."""
    if not least <= value <= most:
        raise Unsound(f"{what} {value} is not between {least} and {most}")


def few(parts: Iterable[object], kind: str) -> None:
    """Raise Unsound if there are more parts than any cloud gives one resource."""
    if len(tuple(parts)) > MOST[kind]:
        raise Unsound(f"more than {MOST[kind]} {kind}")
