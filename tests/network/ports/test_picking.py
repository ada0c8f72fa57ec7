"""Free addresses: each given once, however many ask at a time, until there are no more."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

from pileus.kernel.store import Tx
from pileus.network.ports.making import make_port
from pileus.network.ports.picking import number_of, pick
from pileus.network.subnets.table import subnets
from tests.asking import Asker, Heard
from tests.network.conftest import Cloud


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Do it so many times at once."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def patient(asker: Asker, body: Any) -> Heard:
    """Ask for a port, again where one is told to come back: that many writers contradicted each other."""
    for _ in range(10):
        heard = asker("POST /ports", body)
        if heard.code != 503:
            break
    return heard


def test_fifty_ports_made_at_once_have_fifty_addresses(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, "10.0.0.0/25")
    body = {"port": {"network_id": made["id"]}}
    heard = together(50, lambda n: patient(member, body))
    assert {one.code for one in heard} == {201}
    assert len({one.body["port"]["fixed_ips"][0]["ip_address"] for one in heard}) == 50
    assert len({one.body["port"]["mac_address"] for one in heard}) == 50


def test_the_last_addresses_are_given_once_too(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, "10.0.0.0/28")
    body = {"port": {"network_id": made["id"]}}
    heard = together(20, lambda n: patient(member, body))
    given = [one.body["port"]["fixed_ips"][0]["ip_address"] for one in heard if one.code == 201]
    assert sorted(given, key=ip_address) == [f"10.0.0.{n}" for n in range(2, 15)]
    refused = {one.body["NeutronError"]["type"] for one in heard if one.code != 201}
    assert refused == {"IpAddressGenerationFailure"}


def test_one_address_that_many_want_is_given_to_one(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    body = {"port": {"network_id": made["id"], "fixed_ips": [{"ip_address": "10.0.0.77"}]}}
    codes = sorted(one.code for one in together(10, lambda n: patient(member, body)))
    assert codes == [201] + [409] * 9


def test_writers_beside_the_api_meet_no_taken_address(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, "10.0.0.0/24")

    def one(tx: Tx) -> None:
        make_port(tx, made["id"], project_id="web")

    together(50, lambda n: cloud.store.write(one))
    ports = member("GET /ports").body["ports"]
    assert len({port["fixed_ips"][0]["ip_address"] for port in ports}) == len(ports) == 50


def test_addresses_are_taken_only_from_the_pools(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, None)
    pools = [{"start": "10.0.0.10", "end": "10.0.0.11"}, {"start": "10.0.0.20", "end": "10.0.0.20"}]
    cloud.subnet(member, made, cidr="10.0.0.0/24", allocation_pools=pools)
    given = {cloud.port(member, made)["fixed_ips"][0]["ip_address"] for _ in range(3)}
    assert given == {"10.0.0.10", "10.0.0.11", "10.0.0.20"}
    heard = member("POST /ports", {"port": {"network_id": made["id"]}})
    assert (heard.code, heard.body["NeutronError"]["type"]) == (409, "IpAddressGenerationFailure")


def test_a_full_subnet_leaves_room_in_the_next(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, "10.0.0.0/30")
    second = cloud.subnet(member, made, cidr="10.0.1.0/24")
    found = [cloud.port(member, made)["fixed_ips"][0] for _ in range(2)]
    assert [one["subnet_id"] == second["id"] for one in found] == [False, True]


def test_the_only_free_address_of_a_crowd_is_found(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, "10.0.0.0/26")
    subnet_id = member("GET /subnets").body["subnets"][0]["id"]
    ports = [cloud.port(member, made) for _ in range(61)]
    assert cloud.store.read(lambda tx: pick(tx, tx.find(subnets, subnet_id) or {})) is None
    for port in ports[::20]:
        member(f"DELETE /ports/{port['id']}")
        address = port["fixed_ips"][0]["ip_address"]
        assert cloud.store.read(lambda tx: pick(tx, tx.find(subnets, subnet_id) or {})) == address
        cloud.port(member, made)


def test_large_ranges_are_as_easy_as_small_ones(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, "2001:db8::/32")
    assert ip_address(cloud.port(member, made)["fixed_ips"][0]["ip_address"]).version == 6


def test_numbers_sort_as_addresses_do() -> None:
    given = ["0.0.0.1", "9.255.255.255", "10.0.0.2", "10.0.0.10", "255.0.0.1", "2001:db8::1", "fe80::1"]
    assert sorted(given, key=number_of) == given


def test_a_pool_without_addresses_has_none(cloud: Cloud) -> None:
    empty = {"id": "s", "cidr": "10.0.0.0/32", "allocation_pools": []}
    assert cloud.store.read(lambda tx: pick(tx, empty)) is None
