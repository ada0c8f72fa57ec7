"""Quotas: setting them, and keeping them however many ask at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pileus.compute.settings import ComputeSettings
from pileus.identity import IdentitySettings
from tests.toy import Caller, Toy


def put(toy: Toy, project_id: str, **limits: object) -> int:
    """The code an administrator gets who sets quotas."""
    return toy.admin.compute(f"PUT /os-quota-sets/{project_id}", {"quota_set": limits}).code


def test_a_quota_is_set_and_reset(toy: Toy) -> None:
    alice = toy.member("alice")
    path = f"GET /os-quota-sets/{alice.project_id}"
    assert put(toy, alice.project_id, instances=3, ram="-1") == 200
    told = alice.compute(path).body["quota_set"]
    assert (told["id"], told["instances"], told["ram"], told["cores"]) == (alice.project_id, 3, -1, 20)
    assert toy.admin.compute(f"DELETE /os-quota-sets/{alice.project_id}").code == 202
    assert alice.compute(path).body["quota_set"] == alice.compute(path + "/defaults").body["quota_set"]


def test_the_detail_tells_what_is_used(toy: Toy) -> None:
    alice = toy.member("alice")
    alice.boot("web")
    told = alice.compute(f"GET /os-quota-sets/{alice.project_id}/detail").body["quota_set"]
    assert told["instances"] == {"limit": 10, "in_use": 1, "reserved": 0}


def test_newer_versions_know_fewer_quotas(toy: Toy) -> None:
    alice = toy.member("alice")
    path = f"GET /os-quota-sets/{alice.project_id}"
    told = {at: alice.compute.at(at)(path).body["quota_set"] for at in ("2.35", "2.57")}
    assert {"floating_ips", "injected_files"} <= set(told["2.35"])
    assert not {"floating_ips", "injected_files"} & set(told["2.57"])
    body = {"quota_set": {"floating_ips": 5}}
    assert toy.admin.compute.at("2.36")(f"PUT /os-quota-sets/{alice.project_id}", body).code == 400


def test_quotas_that_make_no_sense_are_refused(toy: Toy) -> None:
    alice = toy.member("alice")
    alice.boot("web")
    assert put(toy, alice.project_id, instances=-2) == 400
    assert put(toy, alice.project_id, instances=2**31) == 400
    assert put(toy, alice.project_id, colours=7) == 400
    assert put(toy, alice.project_id, instances=0) == 400
    assert put(toy, alice.project_id, instances=0, force=True) == 200
    assert put(toy, "nowhere", instances=1) == 400


def test_quotas_are_set_by_administrators_and_read_by_their_own(toy: Toy) -> None:
    alice, bob = toy.member("alice"), toy.member("bob")
    assert alice.compute(f"PUT /os-quota-sets/{alice.project_id}", {"quota_set": {"cores": 99}}).code == 403
    assert bob.compute(f"GET /os-quota-sets/{alice.project_id}").code == 403


def test_cores_and_memory_are_counted_too(toy: Toy) -> None:
    alice = toy.member("alice")
    put(toy, alice.project_id, cores=2, ram=200)
    body = {"name": "web", "imageRef": toy.image, "flavorRef": toy.flavor, "networks": "none", "min_count": 3}
    heard = alice.compute.at("2.37")("POST /servers", {"server": body})
    assert heard.code == 403
    said = "Quota exceeded for cores, ram: Requested 3, 384, but already used 0, 0 of 2, 200 cores, ram"
    assert heard.body["forbidden"]["message"] == said


def test_a_server_has_only_so_much_metadata(toy: Toy) -> None:
    alice = toy.member("alice")
    put(toy, alice.project_id, metadata_items=1)
    web = alice.boot("web")
    assert alice.compute(f"POST /servers/{web}/metadata", {"metadata": {"a": "1"}}).code == 200
    assert alice.compute(f"POST /servers/{web}/metadata", {"metadata": {"b": "1"}}).code == 403


@pytest.fixture
def busy(tmp_path: Path, database_url: str) -> Iterator[Toy]:
    """A cloud on each of the two databases."""
    made = Toy(tmp_path, hosts=1, url=database_url)
    yield made
    made.close()


def test_fifty_who_ask_at_once_never_get_more_than_the_quota(busy: Toy) -> None:
    alice = busy.member("alice")
    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(lambda at: boot(alice, at), range(50)))
    assert sorted(set(codes)) == [202, 403]
    assert codes.count(202) == 10
    assert len(alice.compute("GET /servers").body["servers"]) == 10


def boot(caller: Caller, at: int) -> int:
    """The code of one request for a server."""
    body = {"name": f"web-{at}", "imageRef": caller.toy.image, "flavorRef": caller.toy.flavor, "networks": "none"}
    return caller.compute.at("2.37")("POST /servers", {"server": body}).code


def registered(toy: Toy, **amounts: int) -> None:
    """Register limits of compute with the identity service, which are the quotas from now on."""
    toy.cloud.store.parts[ComputeSettings] = ComputeSettings(unified_limits=True)
    service = toy.admin.identity("GET /services?type=compute").body["services"][0]["id"]
    wanted = [
        {"service_id": service, "resource_name": name.replace("class_", "class:"), "default_limit": amount}
        for name, amount in amounts.items()
    ]
    assert toy.admin.identity("POST /registered_limits", {"registered_limits": wanted}).code == 201


def test_quotas_may_be_limits_of_the_identity_service(toy: Toy) -> None:
    alice = toy.member("alice")
    registered(toy, servers=1, class_VCPU=20, class_MEMORY_MB=-1)
    told = alice.compute(f"GET /os-quota-sets/{alice.project_id}").body["quota_set"]
    assert (told["instances"], told["cores"], told["ram"], told["key_pairs"]) == (1, 20, -1, 0)
    alice.boot("first")
    body = {"name": "second", "imageRef": toy.image, "flavorRef": toy.flavor, "networks": "auto"}
    assert alice.compute.at("2.37")("POST /servers", {"server": body}).code == 403
    service = toy.admin.identity("GET /services?type=compute").body["services"][0]["id"]
    more = {"service_id": service, "resource_name": "servers", "resource_limit": 2, "project_id": alice.project_id}
    assert toy.admin.identity("POST /limits", {"limits": [more]}).code == 201
    alice.boot("second")
    assert put(toy, alice.project_id, instances=9) == 400
    assert alice.compute(f"GET /os-quota-sets/{alice.project_id}/defaults").body["quota_set"]["instances"] == 1


def test_projects_of_a_domain_may_share_what_it_has(toy: Toy) -> None:
    alice, bob = toy.member("alice"), toy.member("bob")
    registered(toy, servers=2, class_VCPU=-1, class_MEMORY_MB=-1)
    toy.cloud.store.parts[IdentitySettings] = IdentitySettings(limit_model="strict_two_level")
    service = toy.admin.identity("GET /services?type=compute").body["services"][0]["id"]
    domain = {"service_id": service, "resource_name": "servers", "resource_limit": 3, "domain_id": "default"}
    assert toy.admin.identity("POST /limits", {"limits": [domain]}).code == 201
    alice.boot("one")
    two = alice.boot("two")
    bob.boot("three")
    body = {"name": "four", "imageRef": toy.image, "flavorRef": toy.flavor, "networks": "auto"}
    heard = bob.compute.at("2.37")("POST /servers", {"server": body})
    assert heard.code == 403
    assert "already used 3 of 3 instances, with all projects of the domain" in heard.body["forbidden"]["message"]
    toy.settle()
    assert alice.compute(f"DELETE /servers/{two}").code == 204
    toy.settle()
    bob.boot("four")
