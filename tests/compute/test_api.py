"""The words the Compute API answers with: its versions, its errors, its pages."""

from __future__ import annotations

from tests.asking import Asker
from tests.toy import Toy


def test_the_versions_there_are_can_be_read_without_a_token(toy: Toy) -> None:
    stranger = Asker(toy.cloud.front, "/compute")
    assert [one["id"] for one in stranger("GET ").body["versions"]] == ["v2.0", "v2.1"]
    version = stranger("GET /v2.1").body["version"]
    assert (version["min_version"], version["version"]) == ("2.1", "2.104")
    assert stranger("GET /v2").body["version"]["status"] == "DEPRECATED"


def test_an_error_goes_by_the_name_of_its_kind(toy: Toy) -> None:
    heard = toy.member("alice").compute("GET /servers/nowhere")
    assert heard.code == 404
    assert heard.body == {"itemNotFound": {"code": 404, "message": "Instance nowhere could not be found."}}


def test_a_version_that_never_was_is_not_acceptable(toy: Toy) -> None:
    assert toy.member("alice").compute.at("2.9999")("GET /servers").code == 406
    assert toy.member("alice").compute.at("two")("GET /servers").code == 400


def test_an_unknown_query_key_is_refused_from_2_75_on(toy: Toy) -> None:
    ask = toy.member("alice").compute
    assert ask.at("2.74")("GET /flavors?colour=red").code == 200
    assert ask.at("2.75")("GET /flavors?colour=red").code == 400


def test_a_page_that_is_not_the_last_says_where_the_next_is(toy: Toy) -> None:
    toy.make_flavor("second", ram=128, vcpus=1, disk=1)
    ask = toy.member("alice").compute
    first = ask("GET /flavors", limit=1).body
    (link,) = first["flavors_links"]
    rest = ask(f"GET /flavors?{link['href'].partition('?')[2]}").body
    assert {first["flavors"][0]["name"], rest["flavors"][0]["name"]} == {"toy", "second"}
    assert "flavors_links" not in rest
