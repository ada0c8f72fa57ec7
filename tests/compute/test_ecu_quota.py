"""How much CPU a project may have, in ECU."""

from __future__ import annotations

from tests.toy import Toy


def test_a_project_has_no_more_ecu_than_its_quota(toy: Toy) -> None:
    alice = toy.member("alice")
    toy.flavor = toy.make_flavor("strong", ram=128, vcpus=4, disk=1)
    specs = {"extra_specs": {"quota:ecu": "8"}}
    assert toy.admin.compute(f"POST /flavors/{toy.flavor}/os-extra_specs", specs).code == 200
    alice.boot("one")
    alice.boot("two")
    body = {"name": "three", "imageRef": toy.image, "flavorRef": toy.flavor, "networks": "auto"}
    refused = alice.compute.at("2.37")("POST /servers", {"server": body})
    assert refused.code == 403
    assert "ecu: Requested 32, but already used 64 of 80 ecu" in refused.body["forbidden"]["message"]


def test_it_is_read_by_its_own_and_set_by_administrators(toy: Toy) -> None:
    alice, bob = toy.member("alice"), toy.member("bob")
    alice.boot("web")
    path = f"/os-quota-sets/{alice.project_id}/ecu"
    assert alice.compute(f"GET {path}").body == {"ecu": {"limit": 80, "in_use": 1}}
    assert bob.compute(f"GET {path}").code == 403
    assert alice.compute(f"PUT {path}", {"ecu": {"limit": 99}}).code == 403
    assert toy.admin.compute(f"PUT {path}", {"ecu": {"limit": 2}}).body == {"ecu": {"limit": 2, "in_use": 1}}
    assert toy.admin.compute(f"PUT {path}", {"ecu": {"limit": 0}}).code == 400
    assert toy.admin.compute(f"PUT {path}", {"ecu": {"limit": 0, "force": True}}).code == 200
    assert toy.admin.compute(f"PUT {path}", {"ecu": {"limit": -2}}).code == 400
    assert toy.admin.compute("PUT /os-quota-sets/nowhere/ecu", {"ecu": {"limit": 1}}).code == 400


def test_the_published_quotas_do_not_tell_it(toy: Toy) -> None:
    path = f"GET /os-quota-sets/{toy.admin.project_id}"
    for told in (path, f"{path}/detail", f"{path}/defaults"):
        assert "ecu" not in toy.admin.compute(told).body["quota_set"]
