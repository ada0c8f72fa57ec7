"""What other services are offered."""

from __future__ import annotations

from pileus import network
from pileus.network import door, host_forgotten, make_ports, release
from tests.asking import Asker
from tests.network.conftest import Cloud, server


def test_everything_offered_is_there() -> None:
    assert all(hasattr(network, name) for name in door.__all__)
    assert set(network.EARS) == {"port", "network"}


def test_a_forgotten_host_keeps_no_addresses(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    card = {"network_id": made["id"], "port_id": None, "fixed_ip": "10.0.0.9", "tag": None}
    cloud.store.write(make_ports, server("s"), cloud.host("h1"), cards=[card], groups=[])
    cloud.store.write(release, server("s")["id"])
    words = {"network_id": made["id"], "fixed_ips": [{"ip_address": "10.0.0.9"}]}
    assert member("POST /ports", {"port": words}).code == 409
    cloud.store.write(host_forgotten, cloud.host("h1"))
    assert member("POST /ports", {"port": words}).code == 201
