"""What compute's loops look after."""

from __future__ import annotations

import pytest

from pileus.chunks import Absent, ChunkStores
from pileus.compute import manifests_in_use
from tests.compute.servers.lists import names
from tests.toy import Caller, Toy

TWO_MONTHS = 60 * 24 * 3600.0


def test_servers_deleted_long_ago_are_forgotten(toy: Toy) -> None:
    for name in ("old", "new"):
        alice = Caller(toy, name, "a project", ["member"])
        assert alice.compute(f"DELETE /servers/{alice.boot(name)}").code == 204
        toy.settle()
        toy.settle(seconds=TWO_MONTHS)
    admin = Caller(toy, "watcher", "admin", ["admin"])
    admin.boot("here")
    assert names(admin, all_tenants=1, deleted="true") == ["new"]
    assert names(admin, all_tenants=1) == ["here"]


def test_bytes_that_a_server_stands_on_outlive_its_image(toy: Toy) -> None:
    image = toy.make_image("short-lived", b"bytes of an image" * 1000)
    web = toy.admin.boot("web", imageRef=image)
    toy.settle()
    (manifest,) = manifests_in_use(toy.cloud.store)
    assert toy.admin.image(f"DELETE /images/{image}").code == 204
    toy.cloud.loops.run_all()
    stores = toy.cloud.store.part(ChunkStores)
    assert b"".join(stores.all().chunks([manifest])).startswith(b"plr")
    toy.admin.compute(f"DELETE /servers/{web}")
    toy.settle()
    assert manifests_in_use(toy.cloud.store) == set()
    toy.cloud.loops.run_all()
    with pytest.raises(Absent):
        list(stores.all().chunks([manifest]))
