"""Ports as rows: their MAC, addresses and groups."""

from __future__ import annotations

import pytest

from pileus.kernel.errors import Conflict
from pileus.kernel.store import Tx
from pileus.network import NetworkSettings
from pileus.network.ports.claims import Wish
from pileus.network.ports.making import chosen_mac, free_left, make_port, remove_port, set_groups
from pileus.network.ports.picking import is_taken
from pileus.network.security_groups.standing import default_group
from tests.asking import Asker
from tests.network.conftest import Cloud


@pytest.fixture
def settings() -> NetworkSettings:
    """A cloud whose MAC addresses begin in a way of its own."""
    return NetworkSettings(mac_prefix="02:aa:bb")


def test_a_mac_is_nobody_elses_on_the_network(cloud: Cloud, member: Asker) -> None:
    network_id = cloud.network(member)["id"]
    made = cloud.store.write(make_port, network_id, project_id="web")
    assert made["mac_address"].startswith("02:aa:bb:")
    with pytest.raises(Conflict):
        cloud.store.write(chosen_mac, network_id, made["mac_address"])
    other = cloud.network(member, "10.1.0.0/24")["id"]
    assert cloud.store.write(chosen_mac, other, made["mac_address"]) == made["mac_address"]


def test_what_a_removed_port_left_is_free_when_its_host_lets_go(cloud: Cloud, member: Asker) -> None:
    network_id = cloud.network(member)["id"]
    wish = [Wish(ip_address="10.0.0.9")]
    made = cloud.store.write(make_port, network_id, asked=wish, project_id="web")
    subnet_id = member("GET /subnets").body["subnets"][0]["id"]

    def taken() -> bool:
        return cloud.store.look(is_taken, subnet_id, "10.0.0.9")

    cloud.store.write(remove_port, made, left=(made["id"], "h1"))
    assert taken()
    cloud.store.write(free_left, by=made["id"], on="h2")
    cloud.store.write(free_left, by="another", on="h1")
    assert taken()
    cloud.store.write(free_left, by=made["id"], on="h1")
    assert not taken()


def test_joining_and_leaving_groups_is_told(cloud: Cloud, member: Asker) -> None:
    network_id = cloud.network(member)["id"]

    def regroup(tx: Tx) -> tuple[set[str], set[str], set[str]]:
        group = default_group(tx, "web")["id"]
        made = make_port(tx, network_id, project_id="web")
        return set_groups(tx, made["id"], [group, group]), set_groups(tx, made["id"], [group]), remove_port(tx, made)

    joined, again, left = cloud.store.write(regroup)
    assert joined == left != again == set()
