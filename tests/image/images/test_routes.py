"""Images themselves: who may make, see, change, delete, switch off and tag them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker
from tests.image.gallery import NOWHERE, PATCH, Gallery

V20 = {"content-type": "application/openstack-images-v2.0-json-patch"}


def replace(name: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": f"/{name}", "value": value}


def test_a_new_image_waits_for_its_bytes(gallery: Gallery) -> None:
    heard = gallery.alice("POST /images", {"name": "disk", "os_version": "12", "tags": ["b", "a", "b"]})
    made = heard.body["id"]
    assert heard.headers["Location".lower()] == f"http://cloud/image/v2/images/{made}"
    assert heard.body == {
        "id": made,
        "name": "disk",
        "status": "queued",
        "visibility": "shared",
        "protected": False,
        "os_hidden": False,
        "owner": "blue",
        "disk_format": None,
        "container_format": None,
        "min_disk": 0,
        "min_ram": 0,
        "tags": ["a", "b"],
        "size": None,
        "virtual_size": None,
        "checksum": None,
        "os_hash_algo": None,
        "os_hash_value": None,
        "created_at": heard.body["created_at"],
        "updated_at": heard.body["created_at"],
        "self": f"/v2/images/{made}",
        "file": f"/v2/images/{made}/file",
        "schema": "/v2/schemas/image",
        "os_version": "12",
    }
    assert gallery.alice(f"GET /images/{made}").body == heard.body


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": 1}, 400),
        ({"name": "x" * 256}, 400),
        ({"min_disk": -1}, 400),
        ({"min_ram": "1"}, 400),
        ({"disk_format": "floppy"}, 400),
        ({"visibility": "secret"}, 400),
        ({"protected": "yes"}, 400),
        ({"id": "not-a-uuid"}, 400),
        ({"tags": ["x" * 256]}, 400),
        ({"colour": 7}, 400),
        ({"colour": None}, 400),
        ({"k" * 256: "v"}, 400),
        ({"os_glance_task": "x"}, 403),
        ({"status": "active"}, 403),
        ({"checksum": "0" * 32}, 403),
        ({"owner": "red"}, 403),
        ({"visibility": "public"}, 403),
        ({"visibility": "community"}, 201),
        ({"id": NOWHERE}, 201),
        ({f"key_{number}": "v" for number in range(129)}, 413),
        ({"tags": [str(number) for number in range(129)]}, 413),
        ([], 400),
    ],
)
def test_what_a_new_image_may_say_of_itself(gallery: Gallery, body: Any, code: int) -> None:
    heard = gallery.alice("POST /images", body)
    assert heard.code == code, heard.content
    assert (gallery.admin("GET /images").body["images"] == []) == (code != 201 or body == {"visibility": "community"})


def test_an_identifier_is_used_once(either: Gallery) -> None:
    assert either.make(id=NOWHERE) == NOWHERE
    assert either.bob("POST /images", {"id": NOWHERE.upper()}).code == 409


@pytest.mark.parametrize(
    ("visibility", "codes"),
    [
        ("private", (401, 200, 404, 200)),
        ("shared", (401, 200, 404, 200)),
        ("community", (401, 200, 200, 200)),
        ("public", (401, 200, 200, 200)),
    ],
)
def test_who_sees_an_image(gallery: Gallery, visibility: str, codes: tuple[int, ...]) -> None:
    made = gallery.make(gallery.admin, owner="blue", visibility=visibility)
    askers = (gallery.stranger, gallery.rita, gallery.bob, gallery.admin)
    assert tuple(who(f"GET /images/{made}").code for who in askers) == codes


WRITES = [
    ("PATCH /images/{}", [replace("name", "other")]),
    ("PUT /images/{}/tags/x", None),
    ("DELETE /images/{}/tags/t", None),
    ("POST /images/{}/actions/deactivate", None),
    ("POST /images/{}/actions/reactivate", None),
    ("DELETE /images/{}", None),
]


@pytest.mark.parametrize(("line", "body"), WRITES, ids=[line for line, _ in WRITES])
def test_only_members_of_the_owner_may_change_an_image(gallery: Gallery, line: str, body: Any) -> None:
    hidden = gallery.make(content=b"x", tags=["t"])
    known = gallery.make(content=b"x", tags=["t"], visibility="community")

    def code(who: Asker, image_id: str) -> int:
        return who(line.format(image_id), body, headers=PATCH).code

    before = gallery.alice("GET /images").body
    assert [code(who, hidden) for who in (gallery.stranger, gallery.rita, gallery.bob)] == [401, 403, 404]
    assert [code(who, known) for who in (gallery.stranger, gallery.rita, gallery.bob)] == [401, 403, 403]
    assert code(gallery.alice, NOWHERE) == 404
    assert gallery.alice("GET /images").body == before
    assert code(gallery.alice, hidden) == (200 if line.startswith("PATCH") else 204)


def test_a_deleted_image_is_gone_with_its_members(either: Gallery) -> None:
    made = either.make(content=b"x")
    either.alice(f"POST /images/{made}/members", {"member": "red"})
    assert either.alice(f"DELETE /images/{made}").code == 204
    assert [either.alice(f"{verb} /images/{made}").code for verb in ("GET", "DELETE")] == [404, 404]
    assert either.bob("GET /images", member_status="all").body["images"] == []


def test_a_protected_image_stays(gallery: Gallery) -> None:
    made = gallery.make(protected=True)
    assert gallery.alice(f"DELETE /images/{made}").code == 403
    assert gallery.patch(gallery.alice, made, replace("protected", False)).code == 200
    assert gallery.alice(f"DELETE /images/{made}").code == 204


def test_an_image_is_changed_by_a_patch(either: Gallery) -> None:
    made = either.make(colour="red", shape="round")
    heard = either.patch(
        either.alice,
        made,
        replace("name", "other"),
        replace("tags", ["b", "a"]),
        replace("min_ram", 512),
        replace("os_hidden", True),
        replace("colour", "blue"),
        {"op": "remove", "path": "/shape"},
        {"op": "add", "path": "/a~1b~0c", "value": "d"},
        {"op": "add", "path": "/disk_format", "value": "qcow2"},
    )
    assert heard.code == 200, heard.content
    shown = either.alice(f"GET /images/{made}").body
    assert shown == heard.body
    assert (shown["name"], shown["tags"], shown["min_ram"], shown["os_hidden"]) == ("other", ["a", "b"], 512, True)
    assert (shown["colour"], shown.get("shape"), shown["a/b~c"], shown["disk_format"]) == ("blue", None, "d", "qcow2")


def test_the_older_form_of_a_patch_is_understood(gallery: Gallery) -> None:
    made = gallery.make(colour="red")
    changes = [{"replace": "/name", "value": "other"}, {"remove": "/colour"}, {"add": "/shape", "value": "round"}]
    heard = gallery.alice(f"PATCH /images/{made}", changes, headers=V20)
    assert (heard.code, heard.body["name"], heard.body["shape"]) == (200, "other", "round")
    assert "colour" not in heard.body
    assert gallery.alice(f"PATCH /images/{made}", [{"replace": "/a", "remove": "/b"}], headers=V20).code == 400


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 400),
        ([], 400),
        ({"op": "replace", "path": "/name"}, 400),
        ({"op": "move", "path": "/name", "value": "x"}, 400),
        ({"op": "replace", "path": "name", "value": "x"}, 400),
        ({"op": "replace", "path": "/", "value": "x"}, 400),
        ({"op": "replace", "path": "/colour/shade", "value": "x"}, 400),
        ({"op": "replace", "path": "/colour~2", "value": "x"}, 400),
        ({"op": "replace", "path": 7, "value": "x"}, 400),
        (replace("name", 1), 400),
        (replace("name", "x" * 256), 400),
        (replace("min_disk", -1), 400),
        (replace("visibility", "secret"), 400),
        (replace("tags", ["x" * 256]), 400),
        (replace("tags", "x"), 400),
        (replace("colour", 1), 400),
        (replace("id", NOWHERE), 403),
        (replace("status", "active"), 403),
        (replace("os_glance_x", "y"), 403),
        (replace("deleted", "y"), 403),
        (replace("owner", "red"), 403),
        (replace("visibility", "public"), 403),
        ({"op": "remove", "path": "/name"}, 403),
        ({"op": "remove", "path": "/smell"}, 409),
        (replace("smell", "x"), 409),
        (replace("tags", [str(number) for number in range(129)]), 413),
    ],
)
def test_a_patch_that_cannot_be_changes_nothing(gallery: Gallery, change: Any, code: int) -> None:
    made = gallery.make(colour="red")
    before = gallery.alice(f"GET /images/{made}").body
    heard = gallery.alice(f"PATCH /images/{made}", [replace("name", "first"), change], headers=PATCH)
    assert heard.code == code, heard.content
    assert gallery.alice(f"GET /images/{made}").body == before


def test_a_patch_is_a_list_of_a_known_media_type(gallery: Gallery) -> None:
    made = gallery.make()
    assert gallery.alice(f"PATCH /images/{made}", {}, headers=PATCH).code == 400
    assert gallery.alice(f"PATCH /images/{made}", []).code == 415
    edits = [{"op": "replace", "path": "/name", "value": "standard"}]
    standard = {"content-type": "application/json-patch+json"}
    assert gallery.alice(f"PATCH /images/{made}", edits, headers=standard).body["name"] == "standard"
    assert gallery.alice(f"PATCH /images/{made}", b"[", headers=PATCH).code == 400


def test_formats_stand_firm_once_there_are_bytes(gallery: Gallery) -> None:
    made = gallery.make(content=b"x")
    assert gallery.patch(gallery.alice, made, replace("disk_format", "iso")).code == 403
    assert gallery.patch(gallery.alice, made, replace("disk_format", "raw")).code == 200


def test_an_administrator_gives_an_image_to_another_owner_and_to_everybody(gallery: Gallery) -> None:
    made = gallery.make()
    assert gallery.patch(gallery.admin, made, replace("owner", "red")).body["owner"] == "red"
    assert [who(f"GET /images/{made}").code for who in (gallery.alice, gallery.bob)] == [404, 200]
    assert gallery.patch(gallery.admin, made, replace("visibility", "public")).code == 200
    assert gallery.alice(f"GET /images/{made}").code == 200


def test_an_image_is_switched_off_and_on_again(gallery: Gallery) -> None:
    made = gallery.make()
    assert gallery.alice(f"POST /images/{made}/actions/deactivate").code == 403
    gallery.upload(gallery.alice, made, b"x")
    for action, status in (("deactivate", "deactivated"), ("deactivate", "deactivated"), ("reactivate", "active")):
        assert gallery.alice(f"POST /images/{made}/actions/{action}").code == 204
        assert gallery.status(made) == status


def test_tags_come_and_go_one_by_one(gallery: Gallery) -> None:
    made = gallery.make()
    for tag in ("b", "a", "a", "%C3%BC%2Fx"):
        assert gallery.alice(f"PUT /images/{made}/tags/{tag}").code == 204
    assert gallery.alice(f"GET /images/{made}").body["tags"] == ["a", "b", "ü/x"]
    assert [gallery.alice(f"DELETE /images/{made}/tags/a").code for _ in range(2)] == [204, 404]
    assert gallery.alice(f"PUT /images/{made}/tags/{'x' * 256}").code == 400


def test_an_image_has_a_limited_number_of_tags(gallery: Gallery) -> None:
    gallery.settle(most_tags=1)
    made = gallery.make(tags=["a"])
    assert [gallery.alice(f"PUT /images/{made}/tags/{tag}").code for tag in "ab"] == [204, 413]


def test_an_address_with_a_slash_too_many_is_none(gallery: Gallery) -> None:
    assert [gallery.alice(f"{verb} /images/").code for verb in ("GET", "DELETE")] == [404, 404]
