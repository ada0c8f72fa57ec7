"""What dnsmasq reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pileus.network.host.linux.dhcp_files import hosts, options, settings
from pileus.network.host.spec import Network, Route
from pileus.network.host.switch import Lease, Service
from tests.network.host.specs import network, subnet


def read(service: Service) -> list[str]:
    return settings(service, Path("/run/x"), "nobody").splitlines()


def told(**more: Any) -> list[str]:
    return options(Service(network(subnets=(subnet(**more),)), ())).splitlines()


def six(mode: Any, **more: Any) -> Network:
    return network(subnets=(subnet(1, "fd00::/64", None, ipv6=mode),), service_addresses=("fd00::2",), **more)


def test_only_known_cards_on_one_bridge_are_answered() -> None:
    lines = read(Service(network(), ()))
    assert "interface=bre0000001-00" in lines
    assert "dhcp-ignore=tag:!known" in lines
    assert "dhcp-range=set:s0,10.1.0.0,static,255.255.255.0,1d" in lines


def test_dns_is_served_only_with_somebody_to_ask() -> None:
    assert "port=0" in read(Service(network(), ()))
    asking = read(Service(network(domain="example.org."), (), ("9.9.9.9",)))
    assert "port=0" not in asking
    assert {"server=9.9.9.9", "domain=example.org"} <= set(asking)


def test_a_card_is_a_line_for_each_address() -> None:
    leases = (Lease("02:00:00:00:00:01", ("10.1.0.11", "fd00::11"), "web.example.org"),)
    assert hosts(Service(network(), leases)).splitlines() == [
        "02:00:00:00:00:01,10.1.0.11,web",
        "02:00:00:00:00:01,[fd00::11],web",
    ]


def test_the_way_to_metadata_comes_first_and_the_gateway_last() -> None:
    routes = "169.254.169.254/32,10.1.0.2,10.9.0.0/16,10.1.0.9,0.0.0.0/0,10.1.0.1"
    lines = told(routes=(Route("10.9.0.0/16", "10.1.0.9"),))
    assert f"tag:s0,option:classless-static-route,{routes}" in lines
    assert f"tag:s0,249,{routes}" in lines
    assert "tag:s0,option:router,10.1.0.1" in lines


def test_without_a_gateway_nobody_is_told_one() -> None:
    lines = told(gateway=None)
    assert "tag:s0,option:router" in lines
    assert "tag:s0,option:classless-static-route,169.254.169.254/32,10.1.0.2" in lines


def test_resolvers_of_the_subnet_come_before_the_hosts_own() -> None:
    assert "tag:s0,option:dns-server,9.9.9.9,8.8.8.8" in told(dns=("9.9.9.9", "8.8.8.8"))
    assert not [line for line in told() if "dns" in line]
    served = options(Service(network(), (), ("9.9.9.9",))).splitlines()
    assert "tag:s0,option:dns-server,10.1.0.2" in served


def test_router_advertisements_say_how_addresses_are_had() -> None:
    for mode, word in (("slaac", "ra-only"), ("stateless", "ra-stateless"), ("stateful", "static")):
        assert f"dhcp-range=set:s0,fd00::,{word},64,1d" in read(Service(six(mode), ()))


def test_a_host_that_is_no_gateway_advertises_itself_as_none() -> None:
    assert "ra-param=bre0000001-00,mtu:1500,60,0" in read(Service(six("slaac"), ()))
    assert "ra-param=bre0000001-00,mtu:1500,60,1800" in read(Service(six("slaac", gateway_here=True), ()))
