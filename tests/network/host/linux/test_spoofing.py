"""What a port adds to the sets that anti-spoofing looks into."""

from __future__ import annotations

from typing import Any

from pileus.network.host.linux.spoofing import bindings, link_local
from pileus.network.host.spec import Address, Pair
from tests.network.host.specs import network, port, subnet

TAP, MAC = '"tapa0000001-00"', "02:00:00:00:00:01"


def held(name: str, **more: Any) -> set[str]:
    return {element for bag, element in bindings(port(1, **more)) if bag == name}


def test_a_port_is_bound_to_its_mac_its_addresses_and_its_link_local_one() -> None:
    assert held("guarded") == {TAP}
    assert held("macs") == {f"{TAP} . {MAC}"}
    assert held("sources4") == {f"{TAP} . {MAC} . 10.1.0.11"}
    assert held("sources6") == {f"{TAP} . {MAC} . fe80::ff:fe00:1"}
    assert held("targets6") == {f"{TAP} . 0xfe80000000000000000000fffe000001"}


def test_pairs_widen_it_by_addresses_and_by_ranges_that_never_overlap() -> None:
    pairs = (Pair("10.1.0.0/25", MAC), Pair("10.1.0.128/25", MAC), Pair("10.1.0.7", MAC), Pair("fd00::/64", MAC))
    assert held("ranges4", pairs=pairs) == {f"{TAP} . {MAC} . 10.1.0.0/24"}
    assert held("sources4", pairs=pairs) == set()
    assert held("ranges6", pairs=pairs) == {f"{TAP} . {MAC} . fd00::/64"}
    (target,) = held("target_ranges6", pairs=pairs)
    assert target == f"{TAP} . 0xfd{'0' * 30}-0xfd{'0' * 14}{'f' * 16}"


def test_an_unguarded_port_is_bound_only_where_metadata_asks() -> None:
    assert held("trusted", guarded=False) == {TAP}
    assert held("guarded", guarded=False) == set()
    assert held("sources4", guarded=False)


def test_ipv6_addresses_are_bound_too() -> None:
    six = network(subnets=(subnet(1, "fd00::/64", None),), service_addresses=())
    held6 = {e for bag, e in bindings(port(1, six, addresses=(Address(subnet().id, "fd00::5"),))) if bag == "sources6"}
    assert held6 == {f"{TAP} . {MAC} . fe80::ff:fe00:1", f"{TAP} . {MAC} . fd00::5"}


def test_the_link_local_address_is_made_from_the_mac() -> None:
    assert link_local("52:54:00:12:34:56") == "fe80::5054:ff:fe12:3456"
