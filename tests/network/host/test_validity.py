"""Specs that must never reach a device name, a file or the packet filter."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pileus.network.host.spec import Address, Pair, Route, Rule
from pileus.network.host.switch import Outside
from pileus.network.host.validity import Unsound, check_group, check_network, check_outside, check_port
from tests.network.host.specs import group, network, port, subnet

NASTY = ["", "../../etc", "a b", "x\n", 'x" drop; accept "', "$(reboot)", "{", "10.0.0.1\n", "é", "0" * 4000, "\0"]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("field", ["id", "network_id", "mac", "guest_id", "hostname"])
def test_nothing_but_its_own_kind_stands_in_a_field_of_a_port(field: str, text: str) -> None:
    if field in ("guest_id", "hostname") and not text:
        return
    with pytest.raises(Unsound):
        check_port(msgspec.structs.replace(port(1), **{field: text}))


@pytest.mark.parametrize("text", NASTY)
def test_nothing_but_addresses_stands_for_addresses(text: str) -> None:
    ports: list[dict[str, Any]] = [
        {"addresses": (Address(subnet().id, text),)},
        {"addresses": (Address(text, "10.1.0.1"),)},
        {"pairs": (Pair(text, "02:00:00:00:00:01"),)},
        {"pairs": (Pair("10.1.0.1", text),)},
        {"groups": (text,)},
    ]
    for more in ports:
        with pytest.raises(Unsound):
            check_port(port(1, **more))
    for bad in (
        subnet(cidr=text),
        subnet(gateway=text),
        subnet(dns=(text,)),
        subnet(routes=(Route(text, "10.1.0.1"),)),
        subnet(routes=(Route("10.0.0.0/8", text),)),
    ):
        with pytest.raises(Unsound):
            check_network(network(subnets=(bad,)))
    with pytest.raises(Unsound):
        check_network(network(service_addresses=(text,)))


@pytest.mark.parametrize("text", NASTY)
def test_nothing_but_rules_stands_in_a_group(text: str) -> None:
    for rule in (
        Rule("ingress", protocol=text),
        Rule("ingress", remote_group=text),
        Rule("ingress", remote_cidr=text),
    ):
        with pytest.raises(Unsound):
            check_group(group(1, rule))
    with pytest.raises(Unsound):
        check_group(group(1, members=(text,)))
    with pytest.raises(Unsound):
        check_group(msgspec.structs.replace(group(1), id=text))


@pytest.mark.parametrize(
    "rule",
    [
        Rule("ingress", protocol="tcp", low=90, high=80),
        Rule("ingress", protocol="tcp", low=80),
        Rule("ingress", protocol="udp", low=0, high=65536),
        Rule("ingress", protocol="gre", low=1, high=2),
        Rule("ingress", low=1, high=2),
        Rule("ingress", protocol="icmp", low=256),
        Rule("ingress", protocol="icmp", high=3),
        Rule("ingress", protocol="256"),
        Rule("ingress", "IPv6", remote_cidr="10.0.0.0/8"),
        Rule("ingress", remote_cidr="fe80::1%eth0"),
    ],
)
def test_a_rule_that_cannot_be_said_as_it_stands_is_refused(rule: Rule) -> None:
    with pytest.raises(Unsound):
        check_group(group(1, rule))


@pytest.mark.parametrize(
    "rule",
    [
        Rule("ingress"),
        Rule("egress", "IPv6", protocol="icmp", low=128, high=0),
        Rule("ingress", protocol="TCP", low=0, high=65535),
        Rule("ingress", protocol="132", low=1, high=1),
        Rule("ingress", protocol="vrrp", remote_cidr="10.1.0.7"),
    ],
)
def test_every_rule_the_api_knows_is_sound(rule: Rule) -> None:
    check_group(group(1, rule))


@pytest.mark.parametrize("mac", ["01:00:00:00:00:01", "00:00:00:00:00:00", "02:00:00:00:00:0G", "02:00:00:00:00"])
def test_a_mac_is_one_cards(mac: str) -> None:
    with pytest.raises(Unsound):
        check_port(msgspec.structs.replace(port(1), mac=mac))


def test_an_address_is_written_in_one_way() -> None:
    with pytest.raises(Unsound, match="written otherwise"):
        check_port(port(1, addresses=(Address(subnet().id, "fd00:0::1"),)))


def test_a_subnet_is_of_one_family() -> None:
    for bad in (
        subnet(gateway="fe80::1"),
        subnet(ipv6="slaac"),
        subnet(routes=(Route("fd00::/64", "10.1.0.1"),)),
    ):
        with pytest.raises(Unsound):
            check_network(network(subnets=(bad,)))


def test_no_part_is_endless() -> None:
    with pytest.raises(Unsound):
        check_port(port(1, pairs=(Pair("10.0.0.1", "02:00:00:00:00:01"),) * 1000))


def test_what_the_operator_gives_is_looked_at_too() -> None:
    check_outside(Outside("eth0", "br-ex.100", ("9.9.9.9",)))
    for bad in (Outside('x" accept'), Outside(uplink="../eth0"), Outside(resolvers=("localhost",))):
        with pytest.raises(Unsound):
            check_outside(bad)


def test_names_are_names() -> None:
    check_port(port(1, hostname="web-1.example.org."))
    check_network(network(domain="openstacklocal"))
    for bad in ("-web", "web-", "a..b", "a" * 64, "a,b", "a=b"):
        with pytest.raises(Unsound):
            check_port(port(1, hostname=bad))
