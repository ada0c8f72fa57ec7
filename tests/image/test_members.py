"""Sharing: the owner names projects, each project answers for itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.image.gallery import NOWHERE, PEOPLE, Gallery


@pytest.fixture
def shared(either: Gallery) -> tuple[Gallery, str]:
    """A gallery, and an image that alice shares with bob's project and a third one."""
    made = either.make()
    for project in ("red", "green"):
        assert either.alice(f"POST /images/{made}/members", {"member": project}).code == 200
    return either, f"/images/{made}"


def test_a_member_is_shown_whole(gallery: Gallery) -> None:
    made = gallery.make()
    heard = gallery.alice(f"POST /images/{made}/members", {"member": "red"}).body
    assert heard == {
        "member_id": "red",
        "image_id": made,
        "status": "pending",
        "created_at": heard["created_at"],
        "updated_at": heard["created_at"],
        "schema": "/v2/schemas/member",
    }
    assert gallery.alice(f"GET /images/{made}/members/red").body == heard
    assert gallery.alice(f"GET /images/{made}/members").body == {"members": [heard], "schema": "/v2/schemas/members"}


def test_a_member_sees_the_image_and_its_bytes_at_once(shared: tuple[Gallery, str]) -> None:
    gallery, path = shared
    gallery.upload(gallery.alice, path.rpartition("/")[2], b"x")
    assert [gallery.bob(f"GET {path}{more}").code for more in ("", "/file")] == [200, 200]
    assert gallery.bob(f"DELETE {path}").code == 403


def test_a_member_sees_itself_among_the_members_and_the_owner_sees_all(shared: tuple[Gallery, str]) -> None:
    gallery, path = shared

    def names(who: Any) -> list[str]:
        return [one["member_id"] for one in who(f"GET {path}/members").body["members"]]

    assert (names(gallery.alice), names(gallery.rita), names(gallery.admin)) == (["green", "red"],) * 3
    assert names(gallery.bob) == ["red"]
    assert gallery.bob(f"GET {path}/members/green").code == 404
    assert gallery.bob(f"GET {path}/members/red").code == 200


def test_only_the_member_answers_for_itself(shared: tuple[Gallery, str]) -> None:
    gallery, path = shared
    askers = (gallery.stranger, gallery.rita, gallery.alice, gallery.bob, gallery.admin)
    codes = [who(f"PUT {path}/members/red", {"status": "accepted"}).code for who in askers]
    assert codes == [401, 403, 403, 200, 200]
    assert gallery.bob(f"PUT {path}/members/green", {"status": "accepted"}).code == 404
    bodies: tuple[Any, ...] = ({"status": "happy"}, {}, {"status": "accepted", "colour": "red"}, [])
    for body in bodies:
        assert gallery.bob(f"PUT {path}/members/red", body).code == 400


def test_only_the_owner_shares_and_ends_it(shared: tuple[Gallery, str]) -> None:
    gallery, path = shared
    askers = (gallery.stranger, gallery.rita, gallery.bob, gallery.alice)
    assert [who(f"POST {path}/members", {"member": "x"}).code for who in askers] == [401, 403, 403, 200]
    assert [who(f"DELETE {path}/members/red").code for who in askers] == [401, 403, 403, 204]
    assert gallery.bob(f"GET {path}").code == 404
    assert gallery.alice(f"DELETE {path}/members/red").code == 404


def test_nobody_else_learns_of_a_shared_image(gallery: Gallery) -> None:
    made = gallery.make()
    assert gallery.bob(f"GET /images/{made}/members").code == 404
    assert gallery.bob(f"POST /images/{made}/members", {"member": "red"}).code == 404
    assert gallery.bob(f"GET /images/{NOWHERE}/members").code == 404
    assert gallery.bob(f"GET /images/{made}/members/red").code == 404


@pytest.mark.parametrize("body", [{}, {"member": ""}, {"member": 1}, {"member": "x" * 256}, {"project": "red"}, "red"])
def test_a_member_is_a_name(gallery: Gallery, body: Any) -> None:
    assert gallery.alice(f"POST /images/{gallery.make()}/members", body).code == 400


def test_a_project_is_a_member_once(shared: tuple[Gallery, str]) -> None:
    gallery, path = shared
    assert gallery.alice(f"POST {path}/members", {"member": "red"}).code == 409


def test_an_image_has_a_limited_number_of_members(gallery: Gallery) -> None:
    gallery.settle(most_members=1)
    made = gallery.make()
    codes = [gallery.alice(f"POST /images/{made}/members", {"member": name}).code for name in ("red", "green")]
    assert codes == [200, 413]


@pytest.mark.parametrize("visibility", ["private", "community"])
def test_only_shared_images_have_members(gallery: Gallery, visibility: str) -> None:
    made = gallery.make(visibility=visibility)
    assert gallery.alice(f"GET /images/{made}/members").code == 403
    assert gallery.alice(f"POST /images/{made}/members", {"member": "red"}).code == 403


def test_a_client_may_name_the_member_again_when_it_answers(gallery: Gallery) -> None:
    made = gallery.make()
    gallery.alice(f"POST /images/{made}/members", {"member": "red"})
    body = {"member": "red", "status": "accepted"}
    assert gallery.bob(f"PUT /images/{made}/members/red", body).body["status"] == "accepted"


def test_a_token_for_the_whole_system_is_good_for_no_image(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    made = gallery.make(gallery.admin, visibility="public")
    monkeypatch.setitem(PEOPLE, "admin", replace(PEOPLE["admin"], project_id=None, system=True))
    lines = (f"GET /images/{made}", f"GET /images/{made}/file", f"DELETE /images/{made}", "GET /images")
    assert [gallery.admin(line).code for line in lines] == [404, 404, 404, 403]
    assert gallery.admin("POST /images", {"name": "x"}).code == 403
    assert gallery.patch(gallery.admin, made, {"op": "replace", "path": "/name", "value": "x"}).code == 404
