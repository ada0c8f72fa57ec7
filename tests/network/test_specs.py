"""Rows as what hosts are told."""

from __future__ import annotations

import pytest

from pileus.network import NetworkSettings, make_ports
from tests.asking import Asker
from tests.network.conftest import Cloud, server


@pytest.fixture
def settings() -> NetworkSettings:
    """A site with a router and name servers of its own."""
    return NetworkSettings(gateway_on_hosts=False, dns_servers=("9.9.9.9",), dns_domain="site.example")


def test_a_site_with_a_router_keeps_its_gateway(cloud: Cloud, admin: Asker) -> None:
    words = {"provider:network_type": "flat", "provider:physical_network": "physical"}
    network = cloud.network(admin, **words)
    card = {"network_id": network["id"], "port_id": None, "fixed_ip": None, "tag": None}
    cloud.store.write(make_ports, server("s", "ops"), cloud.host("h1"), cards=[card], groups=[])
    told = cloud.wanted("h1")["network", network["id"]]
    assert (told["attached"], told["gateway_here"], told["uplink"]) == (True, False, False)
    assert (told["domain"], told["subnets"][0]["dns"]) == ("site.example", ["9.9.9.9"])


def test_a_port_of_something_else_than_a_server_names_no_guest(cloud: Cloud, admin: Asker) -> None:
    network = cloud.network(admin)
    given = cloud.port(admin, network, port_security_enabled=False)
    card = {"network_id": network["id"], "port_id": given["id"], "fixed_ip": None, "tag": None}
    odd = {**server("s", "ops"), "id": "not-a-uuid"}
    cloud.store.write(make_ports, odd, cloud.host("h1"), cards=[card], groups=[])
    told = cloud.wanted("h1")["port", given["id"]]
    assert (told["guest_id"], told["guarded"], told["groups"]) == ("", False, [])
