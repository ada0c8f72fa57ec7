"""Allocation candidates as callers see them, in the shapes of their versions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker
from tests.placement.asked import A, B, C, D, aggregate, error_of, hold, provider, trait

ASK = "resources=VCPU:1,MEMORY_MB:256"


@pytest.fixture(autouse=True)
def _hosts(admin: Asker) -> None:
    provider(admin, A, VCPU=4, MEMORY_MB=512, DISK_GB=10)
    provider(admin, B, VCPU=1, MEMORY_MB=512)
    hold(admin, C, of=A, VCPU=1)


def asked(admin: Asker, query: str) -> dict[str, Any]:
    heard = admin(f"GET /allocation_candidates?{query}")
    assert heard.code == 200, heard.body
    body: dict[str, Any] = heard.body
    return body


def served(admin: Asker, query: str) -> list[set[str]]:
    return [set(one["allocations"]) for one in asked(admin, query)["allocation_requests"]]


def test_the_newest_version_tells_everything(admin: Asker) -> None:
    trait(admin, A, "STORAGE_DISK_SSD")
    body = asked(admin, f"{ASK}&required=STORAGE_DISK_SSD")
    amounts = {"resources": {"VCPU": 1, "MEMORY_MB": 256}}
    assert body["allocation_requests"] == [{"allocations": {A: amounts}, "mappings": {"": [A]}}]
    assert body["provider_summaries"] == {
        A: {
            "resources": {
                "DISK_GB": {"capacity": 10, "used": 0},
                "MEMORY_MB": {"capacity": 512, "used": 0},
                "VCPU": {"capacity": 4, "used": 1},
            },
            "traits": ["STORAGE_DISK_SSD"],
            "parent_provider_uuid": None,
            "root_provider_uuid": A,
        }
    }


def test_older_versions_tell_less(admin: Asker) -> None:
    body = asked(admin.at("1.10"), ASK)
    amounts = {"VCPU": 1, "MEMORY_MB": 256}
    assert body["allocation_requests"][0] == {"allocations": [{"resource_provider": {"uuid": A}, "resources": amounts}]}
    assert set(body["provider_summaries"][A]) == {"resources"}
    assert set(body["provider_summaries"][A]["resources"]) == {"VCPU", "MEMORY_MB"}
    assert set(asked(admin.at("1.17"), ASK)["provider_summaries"][A]) == {"resources", "traits"}
    assert set(asked(admin.at("1.33"), ASK)["allocation_requests"][0]) == {"allocations"}
    assert admin.at("1.9")(f"GET /allocation_candidates?{ASK}").code == 404


def test_a_candidate_can_be_claimed_as_it_is(admin: Asker) -> None:
    (one, _) = asked(admin, ASK)["allocation_requests"]
    whose = {"project_id": "p", "user_id": "u", "consumer_generation": None, "consumer_type": "INSTANCE"}
    assert admin(f"PUT /allocations/{D}", {**one, **whose}).code == 204


def test_only_those_with_room_are_told(admin: Asker) -> None:
    assert served(admin, ASK) == [{A}, {B}]
    assert served(admin, f"{ASK}&limit=1") == [{A}]
    assert served(admin, "resources=VCPU:4") == []
    hold(admin, D, of=B, VCPU=1)
    assert served(admin, ASK) == [{A}]


def test_a_child_serves_with_its_parent_and_the_whole_tree_is_told(admin: Asker) -> None:
    provider(admin, D, parent=B, SRIOV_NET_VF=8)
    query = "resources=VCPU:1&resources_NET=SRIOV_NET_VF:1"
    body = asked(admin, query)
    assert body["allocation_requests"][0]["mappings"] == {"": [B], "_NET": [D]}
    assert set(body["provider_summaries"]) == {B, D}
    assert set(asked(admin, "resources=SRIOV_NET_VF:1")["provider_summaries"]) == {B, D}
    assert served(admin.at("1.28"), "resources=VCPU:1,SRIOV_NET_VF:1") == []


def test_a_pool_in_the_same_aggregate_helps(admin: Asker) -> None:
    provider(admin, D, DISK_GB=100)
    trait(admin, D, "MISC_SHARES_VIA_AGGREGATE")
    for id in (B, D):
        aggregate(admin, id, C)
    assert served(admin, f"{ASK},DISK_GB:50") == [{B, D}]
    assert served(admin, f"{ASK},DISK_GB:5&in_tree={A}") == [{A}]
    assert served(admin, f"{ASK}&member_of=!{C}") == [{A}]


REFUSED = [
    ("", "undefined_code"),
    ("required=STORAGE_DISK_SSD", "undefined_code"),
    ("resources=VCPU:1&required1=STORAGE_DISK_SSD", "query.bad_value"),
    ("resources1=VCPU:1&resources2=VCPU:1", "query.missing_value"),
    ("resources=VCPU:1&resources=VCPU:2", "query.duplicate_key"),
    ("resources=VCPU", "query.bad_value"),
    ("resources=NONE:1", "undefined_code"),
    ("resources=VCPU:1&limit=0", "undefined_code"),
    ("resources=VCPU:1&limit=x", "undefined_code"),
    ("resources=VCPU:1&group_policy=some", "undefined_code"),
    ("resources=VCPU:1&more=1", "undefined_code"),
    ("resources=VCPU:1&required=NONE", "undefined_code"),
    ("resources=VCPU:1&in_tree=x", "query.bad_value"),
    ("resources=VCPU:1&member_of=x", "query.bad_value"),
    ("resources=VCPU:1&same_subtree=_A", "query.bad_value"),
    ("resources=VCPU:1&root_required=in:HW_NUMA_ROOT", "query.bad_value"),
    (f"resources{'A' * 65}=VCPU:1", "undefined_code"),
]


def test_a_query_that_says_nothing_is_refused(admin: Asker) -> None:
    for query, code in REFUSED:
        assert error_of(admin(f"GET /allocation_candidates?{query}")) == (400, code), query


PARAMETERS = [
    ("resources=VCPU:1&limit=1", "1.16"),
    ("resources=VCPU:1&required=STORAGE_DISK_SSD", "1.17"),
    (f"resources=VCPU:1&member_of={C}", "1.21"),
    ("resources1=VCPU:1", "1.25"),
    ("resources=VCPU:1&group_policy=none", "1.25"),
    (f"resources=VCPU:1&in_tree={A}", "1.31"),
    ("resources_A=VCPU:1", "1.33"),
    ("resources=VCPU:1&root_required=HW_NUMA_ROOT", "1.35"),
    ("resources_A=VCPU:1&same_subtree=_A", "1.36"),
]


def test_parameters_came_with_their_versions(admin: Asker) -> None:
    for query, since in PARAMETERS:
        before = f"1.{int(since.partition('.')[2]) - 1}"
        assert admin.at(before)(f"GET /allocation_candidates?{query}").code == 400, query
        assert admin.at(since)(f"GET /allocation_candidates?{query}").code == 200, query
