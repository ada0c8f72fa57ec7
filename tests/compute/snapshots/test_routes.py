"""Asking for an image of a server: who may, when, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toy import Caller, Toy


@pytest.fixture
def web(toy: Toy) -> str:
    """A server of alice's."""
    made = toy.member("alice").boot("web", metadata={"of": "server"})
    toy.settle()
    return made


def ask(who: Caller, server_id: str, version: str = "2.45", **body: Any) -> Any:
    """Ask for an image."""
    given = {"name": "snap", **body}
    return who.compute.at(version)(f"POST /servers/{server_id}/action", {"createImage": given})


def test_the_image_has_the_whole_disk_and_says_where_it_comes_from(toy: Toy, web: str) -> None:
    alice = toy.member("alice")
    patch = [{"op": "add", "path": "/hw_disk_bus", "value": "virtio"}]
    assert toy.admin.image(f"PATCH /images/{toy.image}", patch, headers=PATCH).code == 200
    other = alice.boot("other")
    toy.settle()
    made = ask(alice, other, metadata={"mine": "yes", "image_state": "odd"}).body["image_id"]
    assert alice.image(f"GET /images/{made}").body["status"] == "queued"
    toy.settle()
    told = alice.image(f"GET /images/{made}").body
    expected = {
        "name": "snap",
        "status": "active",
        "visibility": "private",
        "disk_format": "raw",
        "container_format": "bare",
        "size": 1 << 30,
        "virtual_size": 1 << 30,
        "min_disk": 1,
        "owner": alice.project_id,
        "image_type": "snapshot",
        "instance_uuid": other,
        "base_image_ref": toy.image,
        "user_id": alice.user_id,
        "image_location": "snapshot",
        "image_state": "odd",
        "hw_disk_bus": "virtio",
        "mine": "yes",
    }
    assert {name: told.get(name) for name in expected} == expected
    whole = alice.image(f"GET /images/{made}/file").content
    assert len(whole) == 1 << 30
    assert whole.startswith(b"toy\0")
    assert whole[-4096:].rstrip(b"\0") == b"other has booted 1 times\n"


PATCH = {"content-type": "application/openstack-images-v2.1-json-patch"}


def test_a_server_is_made_from_the_image(toy: Toy, web: str) -> None:
    alice = toy.member("alice")
    made = ask(alice, web).body["image_id"]
    toy.settle()
    again = alice.boot("again", imageRef=made)
    toy.settle()
    assert toy.sees(again).status == "ACTIVE"


def test_older_callers_are_told_the_images_address(toy: Toy, web: str) -> None:
    alice = toy.member("alice")
    heard = ask(alice, web, "2.44")
    assert (heard.code, heard.content.strip()) in ((202, b""), (202, b"{}"))
    (made,) = alice.image("GET /images", visibility="private").body["images"]
    assert heard.headers["location"].endswith(f"/image/v2/images/{made['id']}")
    toy.settle()
    assert "location" not in ask(alice, web).headers


def test_the_task_shows_how_far_it_is(toy: Toy, web: str) -> None:
    alice = toy.member("alice")
    ask(alice, web)
    server = toy.sees(web)
    assert (server.status, getattr(server, "OS-EXT-STS:task_state")) == ("ACTIVE", "image_snapshot_pending")
    assert ask(alice, web).code == 409
    toy.settle()
    assert getattr(toy.sees(web), "OS-EXT-STS:task_state") is None


@pytest.mark.parametrize("action", ["os-stop", "pause", "suspend", "lock"])
def test_it_need_not_run_and_may_be_locked(toy: Toy, web: str, action: str) -> None:
    alice = toy.member("alice")
    assert alice.act(web, **{action: None}).code == 202
    toy.settle()
    made = ask(alice, web).body["image_id"]
    toy.settle()
    assert alice.image(f"GET /images/{made}").body["status"] == "active"


def test_a_server_without_a_disk_to_look_at_is_refused(toy: Toy) -> None:
    alice = toy.member("alice")
    web = alice.boot()
    assert ask(alice, web).code == 409
    toy.settle()
    toy.admin.act(web, os_resetState={"state": "error"})
    assert ask(alice, web).code == 409
    toy.admin.act(web, os_resetState={"state": "active"})
    toy.host_of(web).vanish()
    toy.settle(seconds=120)
    assert ask(alice, web).code == 409


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": ""}, 400),
        ({"name": "x" * 256}, 400),
        ({"name": None}, 400),
        ({"metadata": {"a": 1}}, 400),
        ({"metadata": {"": "x"}}, 400),
        ({"metadata": {"x" * 256: "x"}}, 400),
        ({"metadata": {"a": "x" * 256}}, 400),
        ({"colour": "blue"}, 400),
        ({"metadata": {"os_glance_stage": "x"}}, 403),
        ({"name": "Gläser ☃"}, 202),
    ],
    ids=str,
)
def test_what_is_asked_is_checked(toy: Toy, web: str, body: dict[str, Any], code: int) -> None:
    assert ask(toy.member("alice"), web, **body).code == code


def test_metadata_has_a_quota_until_2_39(toy: Toy, web: str) -> None:
    alice = toy.member("alice")
    assert toy.admin.compute(f"PUT /os-quota-sets/{alice.project_id}", {"quota_set": {"metadata_items": 1}}).code == 200
    two = {"a": "1", "b": "2"}
    assert ask(alice, web, "2.38", metadata=two).code == 403
    assert ask(alice, web, "2.39", metadata=two).code == 202


def test_who_may_not_is_told_so(toy: Toy, web: str) -> None:
    assert ask(toy.member("bob"), web).code == 404
    assert ask(toy.reader("carol", "alice's project"), web).code == 403
    assert ask(toy.member("alice"), "00000000-0000-4000-8000-00000000ffff").code == 404
