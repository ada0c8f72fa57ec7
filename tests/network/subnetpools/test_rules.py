"""Subnet pools, and subnets cut from them."""

from __future__ import annotations

from typing import Any

from tests.asking import Asker
from tests.network.conftest import Cloud


def pool(asker: Asker, **words: Any) -> dict[str, Any]:
    """A new pool."""
    heard = asker("POST /subnetpools", {"subnetpool": {"name": "p", "prefixes": ["10.10.0.0/16"], **words}})
    assert heard.code == 201, heard.body
    made: dict[str, Any] = heard.body["subnetpool"]
    return made


def test_a_pool_has_sensible_defaults(cloud: Cloud, member: Asker) -> None:
    made = pool(member, prefixes=["10.10.1.0/24", "10.10.0.0/24"])
    assert made["prefixes"] == ["10.10.0.0/23"]
    assert (made["ip_version"], made["min_prefixlen"], made["default_prefixlen"], made["max_prefixlen"]) == (
        4,
        8,
        8,
        32,
    )
    assert (made["shared"], made["is_default"], made["default_quota"], made["address_scope_id"]) == (
        False,
        False,
        None,
        None,
    )
    assert made == member(f"GET /subnetpools/{made['id']}").body["subnetpool"]
    assert pool(member, prefixes=["2001:db8::/48"])["default_prefixlen"] == 64


def test_subnets_are_cut_one_beside_the_other(cloud: Cloud, member: Asker) -> None:
    made = pool(member, default_prefixlen=26)
    network = cloud.network(member, None)

    def cut(**words: Any) -> Any:
        body = {"network_id": network["id"], "subnetpool_id": made["id"], "ip_version": 4, **words}
        return member("POST /subnets", {"subnet": body})

    assert cut().body["subnet"]["cidr"] == "10.10.0.0/26"
    second = cut(prefixlen=24).body["subnet"]
    assert (second["cidr"], second["subnetpool_id"]) == ("10.10.1.0/24", made["id"])
    assert cut(cidr="10.10.9.0/24").body["subnet"]["cidr"] == "10.10.9.0/24"
    assert cut(cidr="10.10.9.0/25").code == 409
    assert cut(cidr="10.99.0.0/24").code == 409
    assert cut(prefixlen=33).code == 400
    assert cut(ip_version=6).code == 400
    assert member(f"DELETE /subnetpools/{made['id']}").code == 409
    for one in member("GET /subnets", subnetpool_id=made["id"]).body["subnets"]:
        member(f"DELETE /subnets/{one['id']}")
    assert member(f"DELETE /subnetpools/{made['id']}").code == 204


def test_the_default_pool_is_used_where_none_is_named(cloud: Cloud, member: Asker, admin: Asker) -> None:
    network = cloud.network(member, None)
    body = {"network_id": network["id"], "ip_version": 4, "use_default_subnetpool": True}
    assert member("POST /subnets", {"subnet": body}).code == 400
    made = pool(admin, is_default=True, shared=True, default_prefixlen=24)
    assert member("POST /subnets", {"subnet": body}).body["subnet"]["subnetpool_id"] == made["id"]
    assert (
        admin("POST /subnetpools", {"subnetpool": {"name": "q", "prefixes": ["10.0.0.0/8"], "is_default": True}}).code
        == 400
    )


def test_a_pool_grows_but_does_not_shrink(cloud: Cloud, member: Asker) -> None:
    made = pool(member)
    path = f"PUT /subnetpools/{made['id']}"
    grown = member(path, {"subnetpool": {"prefixes": ["10.10.0.0/15"], "name": "new"}}).body["subnetpool"]
    assert (grown["prefixes"], grown["name"], grown["revision_number"]) == (["10.10.0.0/15"], "new", 2)
    assert member(path, {"subnetpool": {"prefixes": ["10.10.0.0/24"]}}).code == 400
    assert member(path, {"subnetpool": {"min_prefixlen": 40}}).code == 400


def test_only_an_administrator_shares_a_pool(cloud: Cloud, member: Asker, admin: Asker) -> None:
    for words in ({"shared": True}, {"is_default": True}):
        assert (
            member("POST /subnetpools", {"subnetpool": {"name": "p", "prefixes": ["10.0.0.0/8"], **words}}).code == 403
        )
    private, shared = pool(admin), pool(admin, shared=True)
    assert [one["id"] for one in member("GET /subnetpools").body["subnetpools"]] == [shared["id"]]
    assert member(f"GET /subnetpools/{private['id']}").code == 404
    assert member(f"DELETE /subnetpools/{shared['id']}").code == 403
    bodies: list[dict[str, Any]] = [{"name": ""}, {"prefixes": []}, {"prefixes": ["x"]}]
    for bad in bodies:
        assert member("POST /subnetpools", {"subnetpool": {"name": "p", "prefixes": ["10.0.0.0/8"], **bad}}).code == 400
