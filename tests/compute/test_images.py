"""Images as older callers ask this service for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toy import Caller, Toy


@pytest.fixture
def alice(toy: Toy) -> Caller:
    """Somebody with a snapshot of a server."""
    found = toy.member("alice")
    web = found.boot()
    toy.settle()
    assert found.act(web, createImage={"name": "snap", "metadata": {"a": "1"}}).code == 202
    toy.settle()
    return found


def names(who: Caller, **query: Any) -> list[str]:
    heard = who.compute("GET /images", **query)
    assert heard.code == 200, heard.content
    return sorted(one["name"] for one in heard.body["images"])


def snapshot(who: Caller) -> dict[str, Any]:
    (found,) = [one for one in who.compute("GET /images/detail").body["images"] if one["name"] == "snap"]
    return dict(found)


def test_images_are_told_in_this_services_words(toy: Toy, alice: Caller) -> None:
    told = snapshot(alice)
    assert told == alice.compute(f"GET /images/{told['id']}").body["image"]
    assert (told["status"], told["progress"], told["minDisk"], told["minRam"]) == ("ACTIVE", 100, 1, 0)
    assert told["OS-EXT-IMG-SIZE:size"] == 1 << 30
    assert told["metadata"]["a"] == "1"
    assert told["server"]["id"] == told["metadata"]["instance_uuid"]
    assert [one["rel"] for one in told["links"]] == ["self", "bookmark", "alternate"]


def test_lists_are_narrowed_and_paged(toy: Toy, alice: Caller) -> None:
    server = snapshot(alice)["server"]["id"]
    assert names(alice) == ["snap", "toy"]
    for query, found in (
        ({"name": "toy"}, ["toy"]),
        ({"status": "SAVING"}, []),
        ({"status": "active"}, ["snap", "toy"]),
        ({"minDisk": 1}, ["snap"]),
        ({"minRam": 1}, []),
        ({"type": "snapshot"}, ["snap"]),
        ({"type": "BASE"}, ["toy"]),
        ({"server": server}, ["snap"]),
        ({"server": f"http://cloud/servers/{server}"}, ["snap"]),
        ({"changes-since": "2100-01-01T00:00:00Z"}, []),
    ):
        assert names(alice, **query) == found
    page = alice.compute("GET /images", limit=1).body
    assert len(page["images"]) == len(page["images_links"]) == 1
    assert len(names(alice, marker=page["images"][0]["id"])) == 1
    assert alice.compute("GET /images", marker="nowhere").code == 400
    assert names(toy.member("bob")) == ["toy"]


def test_an_image_is_deleted_by_its_own(toy: Toy, alice: Caller) -> None:
    made = snapshot(alice)["id"]
    assert toy.member("bob").compute(f"DELETE /images/{made}").code == 404
    assert alice.compute(f"DELETE /images/{toy.image}").code == 403
    assert alice.compute(f"DELETE /images/{made}").code == 204
    assert alice.compute(f"GET /images/{made}").code == 404


def test_what_an_image_carries_is_changed(toy: Toy, alice: Caller) -> None:
    path = f"/images/{snapshot(alice)['id']}/metadata"
    ask = alice.compute
    assert ask(f"PUT {path}", {"metadata": {"a": "2"}}).body == {"metadata": {"a": "2"}}
    assert ask(f"POST {path}", {"metadata": {"b": "3"}}).body == {"metadata": {"a": "2", "b": "3"}}
    assert ask(f"PUT {path}/b", {"meta": {"b": "4"}}).body == {"meta": {"b": "4"}}
    assert ask(f"PUT {path}/b", {"meta": {"c": "4"}}).code == 400
    assert ask(f"GET {path}/b").body == {"meta": {"b": "4"}}
    assert ask(f"DELETE {path}/a").code == 204
    assert ask(f"GET {path}").body == {"metadata": {"b": "4"}}
    assert ask(f"GET {path}/a").code == ask(f"DELETE {path}/a").code == 404
    assert ask(f"PUT /images/{toy.image}/metadata", {"metadata": {}}).code == 403


def test_newer_callers_ask_the_image_service(alice: Caller) -> None:
    made = snapshot(alice)["id"]
    assert alice.compute.at("2.36")("GET /images").code == 404
    assert alice.compute.at("2.36")(f"GET /images/{made}/metadata").code == 200
    assert alice.compute.at("2.39")(f"GET /images/{made}/metadata").code == 404
