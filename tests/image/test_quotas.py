"""Limits are the identity service's; here they are counted, told and enforced."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pileus.client.api import BYTES
from pileus.identity import IdentitySettings
from pileus.identity.catalog.services import services
from pileus.identity.limits.registered import registered_limits
from pileus.image.quotas import USED
from pileus.kernel.store import Tx
from tests.chunks.contents import noise
from tests.image.gallery import Gallery
from tests.image.pushes.carrying import records
from tests.toy import Toy

MIB = bytes(1 << 20)
Limit = Callable[..., None]


@pytest.fixture
def limit(either: Gallery) -> Limit:
    """Say limits: `limit(image_count_total=1)`."""
    service = either.store.write(lambda tx: tx.insert(services, type="image", name="glance", extras={}))
    rows: dict[str, str] = {}

    def say(**wanted: int) -> None:
        def rule(tx: Tx) -> None:
            for name, amount in wanted.items():
                if name in rows:
                    tx.change(registered_limits, rows[name], default_limit=amount)
                else:
                    values = {"service_id": service["id"], "resource_name": name, "default_limit": amount}
                    rows[name] = tx.insert(registered_limits, **values)["id"]

        either.store.write(rule)

    return say


def test_images_are_counted(either: Gallery, limit: Limit) -> None:
    limit(image_count_total=1)
    made = either.make()
    body = {"name": "second"}
    assert either.alice("POST /images", body).code == 413
    assert either.bob("POST /images", body).code == 201
    limit(image_count_total=2)
    assert either.alice("POST /images", body).code == 201
    either.alice(f"DELETE /images/{made}")
    assert either.alice("POST /images", body).code == 201
    limit(image_count_total=-1)
    assert either.alice("POST /images", body).code == 201


def test_projects_of_a_domain_may_share_what_it_has(toy: Toy) -> None:
    toy.cloud.store.add(IdentitySettings(limit_model="strict_two_level"))
    found = toy.admin.identity("GET /registered_limits?resource_name=image_count_total").body["registered_limits"]
    path = f"/registered_limits/{found[0]['id']}"
    assert toy.admin.identity(f"PATCH {path}", {"registered_limit": {"default_limit": 3}}).code == 200
    alice, bob = toy.member("alice"), toy.member("bob")  # the toy's own image is one of the domain's three
    assert [who.image("POST /images", {"name": "more"}).code for who in (alice, bob)] == [201, 201]
    heard = bob.image("POST /images", {"name": "too much"})
    assert heard.code == 413
    assert "3 in use by all projects of the domain" in heard.content.decode()


def test_a_project_over_its_bytes_uploads_no_more(either: Gallery, limit: Limit) -> None:
    limit(image_size_total=1)
    first = either.make(content=MIB)
    either.make(content=MIB)
    made = either.make()
    assert either.upload(either.alice, made, MIB).code == 413
    assert either.status(made) == "queued"
    limit(image_size_total=2)
    assert either.upload(either.alice, made, MIB).code == 204
    either.alice(f"DELETE /images/{first}")
    assert either.upload(either.alice, either.make(), MIB).code == 204


def test_a_project_over_its_staged_bytes_stages_no_more(either: Gallery, limit: Limit) -> None:
    limit(image_stage_total=1)
    staged = [either.make() for _ in range(3)]
    assert [either.stage(one, MIB).code for one in staged] == [204, 204, 413]
    assert either.make(content=MIB)
    either.bring(staged[0], "glance-direct")
    either.work()
    assert either.stage(staged[2], MIB).code == 204


def test_parts_of_pushes_count_as_staged_until_they_are_an_image_or_given_up(either: Gallery, limit: Limit) -> None:
    limit(image_stage_total=2)
    first, second = either.make(), either.make()
    for made in (first, second):
        assert either.alice(f"POST /images/{made}/push", {}).code == 201
    one, two, three = (records(noise(1 << 20, seed)) for seed in range(3))

    def send(made: str, part: bytes) -> int:
        return either.alice(f"PUT /images/{made}/push/parts", part, headers={"content-type": BYTES}).code

    assert [send(first, one), send(first, one), send(second, two)] == [204, 204, 204]
    used = either.chunks.used()
    heard = either.alice(f"PUT /images/{second}/push/parts", three, headers={"content-type": BYTES})
    assert (heard.code, b"image_stage_total" in heard.content, either.chunks.used()) == (413, True, used)
    assert either.bob(f"POST /images/{either.make(either.bob)}/push", {}).code == 201
    assert either.stage(either.make(), MIB).code == 204
    assert either.alice(f"DELETE /images/{first}/push").code == 204
    assert send(second, three) == 413
    limit(image_stage_total=3)
    assert send(second, three) == 204


def test_images_on_their_way_in_are_counted(either: Gallery, limit: Limit) -> None:
    limit(image_count_uploading=1)
    first, second = either.make(), either.make()
    assert either.stage(first, MIB).code == 204
    assert either.stage(second, MIB).code == 413
    assert either.upload(either.alice, second, MIB).code == 413
    assert either.bring(second, "web-download", uri="http://example.org/").code == 413
    either.bring(first, "glance-direct")
    either.work()
    assert either.upload(either.alice, second, MIB).code == 204


def test_usage_tells_every_limit_and_how_far_it_is_used(either: Gallery, limit: Limit) -> None:
    limit(**dict.fromkeys(USED, 10))
    either.make(content=MIB * 2)
    either.stage(either.make(), MIB)
    told = either.alice("GET /info/usage").body["usage"]
    assert {name: one["usage"] for name, one in told.items()} == {
        "image_size_total": 2,
        "image_stage_total": 1,
        "image_count_total": 2,
        "image_count_uploading": 1,
    }
    assert {one["limit"] for one in told.values()} == {10}
