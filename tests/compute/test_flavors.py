"""Flavors: making, finding and describing them, who may use them, and their extra specs."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.compute.flavors.ecu import ecu_per_vcpu, total_ecu
from tests.toy import Toy

SMALL: dict[str, Any] = {"ram": 64, "vcpus": 1, "disk": 0}


def make(toy: Toy, name: str, version: str = "2.1", /, **more: Any) -> dict[str, Any]:
    """A flavor as it is shown after it was made."""
    heard = toy.admin.compute.at(version)("POST /flavors", {"flavor": {"name": name, **SMALL, **more}})
    assert heard.code == 200, heard.content
    made: dict[str, Any] = heard.body["flavor"]
    return made


def test_a_flavor_is_shown_as_it_was_made(toy: Toy) -> None:
    made = make(toy, "small", id="s1", swap=256, **{"OS-FLV-EXT-DATA:ephemeral": 3})
    shown = toy.member("alice").compute("GET /flavors/s1").body["flavor"]
    assert shown == made
    assert (shown["swap"], shown["OS-FLV-EXT-DATA:ephemeral"], shown["rxtx_factor"]) == (256, 3, 1.0)


def test_no_swap_is_an_empty_text_until_2_75(toy: Toy) -> None:
    make(toy, "small", id="s1")
    ask = toy.member("alice").compute
    assert ask.at("2.74")("GET /flavors/s1").body["flavor"]["swap"] == ""
    assert ask.at("2.75")("GET /flavors/s1").body["flavor"]["swap"] == 0


def test_newest_flavors_have_no_factor_and_show_their_specs(toy: Toy) -> None:
    made = make(toy, "small", "2.104", description="little")
    assert made["description"] == "little"
    assert made["extra_specs"] == {}
    assert not {"rxtx_factor", "OS-FLV-DISABLED:disabled"} & set(made)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"ram": 0}, {"vcpus": "many"}, {"disk": -1}, {"swap": 2**31}),
        *({"name": ""}, {"name": "x" * 256}, {"id": "a/b"}, {"id": " "}),
    ],
)
def test_a_flavor_that_makes_no_sense_is_refused(toy: Toy, wrong: dict[str, Any]) -> None:
    heard = toy.admin.compute("POST /flavors", {"flavor": {"name": "odd", **SMALL, **wrong}})
    assert heard.code == 400


def test_names_and_identifiers_are_used_once(toy: Toy) -> None:
    make(toy, "small", id="s1")
    for again in ({"name": "small"}, {"name": "other", "id": "s1"}):
        assert toy.admin.compute("POST /flavors", {"flavor": {**SMALL, **again}}).code == 409


def test_a_flavor_is_described_anew_from_2_55_on(toy: Toy) -> None:
    make(toy, "small", id="s1")
    body = {"flavor": {"description": "little"}}
    assert toy.admin.compute.at("2.54")("PUT /flavors/s1", body).code == 404
    assert toy.admin.compute.at("2.55")("PUT /flavors/s1", body).body["flavor"]["description"] == "little"
    assert toy.member("alice").compute.at("2.55")("PUT /flavors/s1", body).code == 403


def test_a_forgotten_flavor_is_gone_but_its_servers_remember_it(toy: Toy) -> None:
    alice = toy.member("alice")
    web = alice.boot("web")
    assert toy.admin.compute(f"DELETE /flavors/{toy.flavor}").code == 202
    assert alice.compute(f"GET /flavors/{toy.flavor}").code == 404
    assert alice.compute.at("2.47")(f"GET /servers/{web}").body["server"]["flavor"]["original_name"] == "toy"


def test_a_list_can_be_narrowed_and_sorted(toy: Toy) -> None:
    make(toy, "small")
    make(toy, "big", ram=4096, disk=20)
    ask = toy.member("alice").compute

    def names(version: str = "2.1", **query: Any) -> list[str]:
        listed = ask.at(version)("GET /flavors", **query).body["flavors"]
        return [one["name"] for one in listed]

    assert names(minRam=128, sort_key="memory_mb") == ["toy", "big"]
    assert names(minDisk=10) == ["big"]
    assert names(sort_key="name", sort_dir="desc") == ["toy", "small", "big"]
    assert names("2.102", name="mal") == ["small"]
    wrongs: list[dict[str, Any]] = [{"minRam": "much"}, {"sort_key": "colour"}, {"limit": "-1"}, {"marker": "nowhere"}]
    for wrong in wrongs:
        assert ask("GET /flavors/detail", **wrong).code == 400


# ── access ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_private_flavor_is_for_the_projects_admitted_to_it(toy: Toy) -> None:
    alice = toy.member("alice")
    private: dict[str, Any] = {"os-flavor-access:is_public": False}
    made = make(toy, "secret", **private)["id"]
    assert alice.compute(f"GET /flavors/{made}").code == 404
    act = f"POST /flavors/{made}/action"
    admitting = {"addTenantAccess": {"tenant": alice.project_id}}
    answer = toy.admin.compute(act, admitting)
    assert answer.body == {"flavor_access": [{"flavor_id": made, "tenant_id": alice.project_id}]}
    assert toy.admin.compute(act, admitting).code == 409
    assert alice.compute(f"GET /flavors/{made}").code == 200
    assert "secret" in [one["name"] for one in alice.compute("GET /flavors").body["flavors"]]
    assert toy.admin.compute(f"GET /flavors/{made}/os-flavor-access").body == answer.body
    excluding = {"removeTenantAccess": {"tenant": alice.project_id}}
    assert toy.admin.compute(act, excluding).body == {"flavor_access": []}
    assert toy.admin.compute(act, excluding).code == 404
    assert alice.compute(f"GET /flavors/{made}").code == 404


def test_a_public_flavor_admits_nobody_in_particular(toy: Toy) -> None:
    assert toy.admin.compute(f"GET /flavors/{toy.flavor}/os-flavor-access").code == 404
    body = {"addTenantAccess": {"tenant": toy.admin.project_id}}
    assert toy.admin.compute(f"POST /flavors/{toy.flavor}/action", body).code == 409
    assert toy.admin.compute(f"POST /flavors/{toy.flavor}/action", {"addTenantAccess": {"tenant": ""}}).code == 400


# ── extra specs ──────────────────────────────────────────────────────────────────────────────────────────


def test_specs_are_added_changed_and_taken_away(toy: Toy) -> None:
    path = f"/flavors/{toy.flavor}/os-extra_specs"
    ask, look = toy.admin.compute, toy.member("alice").compute
    assert ask(f"POST {path}", {"extra_specs": {"a": "1", "b": "2"}}).body == {"extra_specs": {"a": "1", "b": "2"}}
    assert ask(f"PUT {path}/a", {"a": "3"}).body == {"a": "3"}
    assert look(f"GET {path}").body == {"extra_specs": {"a": "3", "b": "2"}}
    assert look(f"GET {path}/b").body == {"b": "2"}
    assert ask(f"DELETE {path}/b").code == 200
    for line in (f"GET {path}/b", f"DELETE {path}/b"):
        assert ask(line).code == 404
    assert look(f"PUT {path}/a", {"a": "4"}).code == 403


@pytest.mark.parametrize(
    "specs", [{"quota:ecu": "0"}, {"quota:ecu": "9" * 200}, {"quota:ecu": "x"}, {"a/b": "1"}, {"": "1"}, {"a": None}]
)
def test_specs_that_make_no_sense_are_refused(toy: Toy, specs: dict[str, Any]) -> None:
    assert toy.admin.compute(f"POST /flavors/{toy.flavor}/os-extra_specs", {"extra_specs": specs}).code == 400


def test_the_spec_of_the_path_is_the_one_of_the_body(toy: Toy) -> None:
    path = f"/flavors/{toy.flavor}/os-extra_specs/a"
    assert toy.admin.compute(f"PUT {path}", {"b": "1"}).code == 400
    assert toy.admin.compute(f"PUT {path}", {"a": "1", "b": "1"}).code == 400


def test_cpu_is_counted_for_each_vcpu() -> None:
    flavor = {"vcpus": 3, "extra_specs": {"quota:ecu": "4"}}
    assert (ecu_per_vcpu(flavor), total_ecu(flavor)) == (4, 12)
    assert ecu_per_vcpu({"vcpus": 3, "extra_specs": {}}) is None
