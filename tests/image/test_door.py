"""What other rooms ask of images."""

from __future__ import annotations

import pytest

from pileus import image
from pileus.kernel.errors import Invalid
from tests.image.gallery import NOWHERE, PEOPLE, Gallery


def test_a_server_is_made_from_an_active_image_with_its_kernel(gallery: Gallery) -> None:
    kernel = gallery.make(content=b"kernel", disk_format="aki", container_format="aki")
    made = gallery.make(content=b"disk", kernel_id=kernel, os_type="linux", min_disk=3)
    found = gallery.store.read(image.bootable, PEOPLE["rita"], made)
    assert (found["id"], found["min_disk"], found["os_type"], found["size"]) == (made, 3, "linux", 4)
    assert found["kernel"]["id"] == kernel
    assert b"".join(gallery.chunks.read(found["kernel"]["manifest"])) == b"kernel"


def test_no_server_is_made_from_what_cannot_be_seen_or_has_no_bytes(gallery: Gallery) -> None:
    private = gallery.make(content=b"x")
    for who, image_id in (("bob", private), ("alice", gallery.make()), ("alice", NOWHERE), ("alice", "x/../y")):
        with pytest.raises(Invalid):
            gallery.store.read(image.bootable, PEOPLE[who], image_id)


def test_members_of_a_shared_image_boot_from_it(gallery: Gallery) -> None:
    made = gallery.make(content=b"x")
    gallery.alice(f"POST /images/{made}/members", {"member": "red"})
    assert gallery.store.read(image.bootable, PEOPLE["bob"], made)["id"] == made


def test_every_manifest_an_image_names_is_live(gallery: Gallery) -> None:
    kept, same, gone = (gallery.make(content=content) for content in (b"a", b"a", b"b"))
    gallery.alice(f"DELETE /images/{gone}")
    live = list(image.live_manifests(gallery.store, "chunks"))
    assert len(live) == 1
    gallery.chunks.gc(lambda: image.live_manifests(gallery.store, "chunks"))
    assert [gallery.alice(f"GET /images/{one}/file").content for one in (kept, same)] == [b"a", b"a"]
