"""The first network of a new cloud."""

from __future__ import annotations

from pileus.network import seed
from tests.asking import Asker
from tests.network.conftest import Cloud


def test_every_project_may_use_the_first_network(cloud: Cloud, member: Asker, admin: Asker) -> None:
    first = cloud.store.write(seed, "ops", dns=("1.1.1.1",))
    assert cloud.store.write(seed, "ops", cidr="10.7.0.0/16") == first
    found = member("GET /networks").body["networks"]
    assert [(one["id"], one["name"], one["shared"]) for one in found] == [(first, "pileus", True)]
    subnet = member("GET /subnets").body["subnets"][0]
    assert (subnet["cidr"], subnet["gateway_ip"], subnet["enable_dhcp"]) == ("10.93.0.0/16", "10.93.0.1", True)
    assert subnet["dns_nameservers"] == ["1.1.1.1"]
    assert cloud.port(member, found[0])["fixed_ips"][0]["ip_address"].startswith("10.93.")
    shown = admin(f"GET /networks/{first}").body["network"]
    assert (shown["provider:network_type"], shown["provider:physical_network"]) == ("flat", "physical")
