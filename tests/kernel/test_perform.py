"""One operation inside its transaction, seen through a whole cloud."""

from __future__ import annotations

from tests.asking import Asker
from tests.toy import Toy


def test_a_refusal_leaves_nothing_behind(toy: Toy) -> None:
    alice = toy.member("alice")
    before = alice.network("GET /networks").body
    body = {"networks": [{"name": "good"}, {"name": "bad", "shared": True}]}
    assert alice.network("POST /networks", body).code == 403
    assert alice.network("GET /networks").body == before


def test_a_stranger_is_told_where_to_go(toy: Toy) -> None:
    heard = Asker(toy.cloud.front, "/compute/v2.1")("GET /servers")
    assert heard.code == 401
    assert heard.headers["www-authenticate"].startswith("Keystone uri=")


def test_what_another_method_would_do_is_said(toy: Toy) -> None:
    heard = toy.admin.compute("PATCH /servers", {})
    assert heard.code == 405
    assert heard.headers["allow"] == "GET, POST"


def test_an_answer_says_which_version_gave_it(toy: Toy) -> None:
    assert toy.admin.compute.at("2.90")("GET /servers").headers["openstack-api-version"] == "compute 2.90"


def test_fields_for_some_are_shown_to_some(toy: Toy) -> None:
    toy.member("alice").boot("web")
    alice = toy.member("alice").compute("GET /servers/detail").body["servers"][0]
    admin = toy.admin.compute("GET /servers/detail?all_tenants=1").body["servers"][0]
    assert "OS-EXT-SRV-ATTR:host" in set(admin) - set(alice)
