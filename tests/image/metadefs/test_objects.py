"""Objects are put whole in their namespace's place for them."""

from __future__ import annotations

import pytest

from tests.image.gallery import Gallery

PATH = "/metadefs/namespaces/acme/objects"
SPEED = {
    "name": "speed",
    "description": "How fast.",
    "required": ["iops"],
    "properties": {"iops": {"title": "IOPS", "type": "integer", "minimum": 1}},
}


@pytest.fixture
def acme(either: Gallery) -> Gallery:
    """A gallery with a public namespace."""
    assert either.admin("POST /metadefs/namespaces", {"namespace": "acme", "visibility": "public"}).code == 201
    return either


def test_an_object_is_made_shown_replaced_renamed_and_deleted(acme: Gallery) -> None:
    made = acme.admin(f"POST {PATH}", SPEED)
    assert made.code == 201, made.content
    assert {name: made.body[name] for name in SPEED} == SPEED
    assert made.body["self"] == "/v2/metadefs/namespaces/acme/objects/speed"
    assert acme.rita(f"GET {PATH}/speed").body == made.body
    changed = acme.admin(f"PUT {PATH}/speed", {"name": "haste"}).body
    assert (changed["properties"], "description" in changed) == ({}, False)
    assert [acme.admin(f"GET {PATH}/{name}").code for name in ("speed", "haste")] == [404, 200]
    assert acme.admin(f"DELETE {PATH}/haste").code == 204
    assert acme.rita(f"GET {PATH}").body["objects"] == []


def test_a_name_is_there_once(acme: Gallery) -> None:
    acme.admin(f"POST {PATH}", SPEED)
    acme.admin(f"POST {PATH}", {"name": "other"})
    assert acme.admin(f"POST {PATH}", SPEED).code == 409
    assert acme.admin(f"PUT {PATH}/other", {"name": "speed"}).code == 409


def test_members_read_and_do_not_write(acme: Gallery) -> None:
    acme.admin(f"POST {PATH}", SPEED)
    assert acme.alice(f"POST {PATH}", {"name": "x"}).code == 403
    assert acme.alice(f"PUT {PATH}/speed", SPEED).code == 403
    assert acme.alice(f"DELETE {PATH}/speed").code == 403
    assert acme.alice(f"GET {PATH}/speed").code == 200
    assert acme.admin(f"POST {PATH}", {**SPEED, "created_at": "now"}).code == 403
    assert acme.admin(f"POST {PATH}", {"name": "x" * 81}).code == 400
    assert acme.admin("GET /metadefs/namespaces/none/objects").code == 404
