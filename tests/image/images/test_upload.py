"""Uploads: what becomes visible and when, and what is given back when one fails."""

from __future__ import annotations

import hashlib
import os
import struct

import pytest

from pileus import image
from pileus.chunks import ChunkStores
from pileus.chunks.fake import FakeChunkStore
from pileus.kernel.clock import Node
from tests.image.gallery import GONE, NOWHERE, Gallery, piece

CONTENT = os.urandom(3 << 20)


def qcow2(size: int, *, backing: int = 0) -> bytes:
    return struct.pack(">4sIQIIQ", b"QFI\xfb", 2, backing, 0, 16, size).ljust(512, b"\0")


def test_an_uploaded_image_is_active_and_tells_its_digests(either: Gallery) -> None:
    made = either.make(content=CONTENT)
    shown = either.alice(f"GET /images/{made}").body
    assert shown["status"] == "active"
    assert shown["size"] == shown["virtual_size"] == len(CONTENT)
    assert shown["checksum"] == hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    assert (shown["os_hash_algo"], shown["os_hash_value"]) == ("sha512", hashlib.sha512(CONTENT).hexdigest())


def test_the_same_bytes_three_times_are_kept_once(gallery: Gallery) -> None:
    gallery.make(content=CONTENT)
    once = gallery.chunks.used()
    gallery.make(content=CONTENT)
    gallery.make(gallery.bob, content=CONTENT)
    assert gallery.chunks.used() == once


def test_an_image_is_saving_until_its_last_byte_is_kept(gallery: Gallery) -> None:
    made, seen = gallery.make(), []

    def look() -> None:
        shown = gallery.alice(f"GET /images/{made}").body
        seen.append((shown["status"], shown["size"], gallery.alice(f"GET /images/{made}/file").code))

    code, _ = gallery.stream(made, [piece(CONTENT), look, piece(b"end", more=False)])
    assert (code, seen) == (204, [("saving", None, 204)])
    assert gallery.status(made) == "active"


def test_a_caller_who_goes_away_leaves_nothing_behind(gallery: Gallery) -> None:
    made = gallery.make()
    code, _ = gallery.stream(made, [piece(CONTENT), piece(CONTENT[:70000]), GONE])
    assert code == 400
    assert gallery.status(made) == "queued"
    assert gallery.chunks.used() == 0
    assert gallery.upload(gallery.alice, made, b"second try").code == 204


def test_a_full_store_refuses_the_upload_and_keeps_nothing_of_it(gallery: Gallery) -> None:
    kept = gallery.make(content=b"was there before")
    full = FakeChunkStore(capacity=1 << 20)
    gallery.store.add(ChunkStores({"chunks": full}))
    made = gallery.make()
    heard = gallery.upload(gallery.alice, made, CONTENT)
    assert (heard.code, b"no room" in heard.content) == (413, True)
    assert (gallery.status(made), full.used(), gallery.status(kept)) == ("queued", 0, "active")
    full.capacity = None
    assert gallery.upload(gallery.alice, made, CONTENT).code == 204
    full.close()


def test_an_image_larger_than_allowed_is_refused(gallery: Gallery) -> None:
    gallery.settle(most_bytes=1 << 20)
    made = gallery.make()
    assert gallery.upload(gallery.alice, made, CONTENT).code == 413
    assert (gallery.status(made), gallery.chunks.used()) == ("queued", 0)


def test_an_image_deleted_while_its_bytes_come_is_gone(gallery: Gallery) -> None:
    made = gallery.make()
    code, _ = gallery.stream(
        made, [piece(CONTENT), lambda: gallery.alice(f"DELETE /images/{made}"), piece(b"end", more=False)]
    )
    assert code == 410
    assert gallery.chunks.gc(lambda: image.live_manifests(gallery.store, "chunks")).bytes > 0
    assert gallery.chunks.used() == 0


def test_bytes_of_a_deleted_image_never_become_those_of_its_successor(gallery: Gallery) -> None:
    made = gallery.make()

    def replace() -> None:
        gallery.alice(f"DELETE /images/{made}")
        gallery.store.clock.forward(1)  # type: ignore[attr-defined]
        gallery.make(id=made)

    code, _ = gallery.stream(made, [piece(CONTENT), replace, piece(b"end", more=False)])
    assert (code, gallery.status(made)) == (410, "queued")


def test_a_second_upload_is_refused_and_the_first_goes_on(gallery: Gallery) -> None:
    made, codes = gallery.make(), []

    def meddle() -> None:
        codes.append(gallery.upload(gallery.alice, made, b"other").code)

    assert gallery.stream(made, [piece(b"first"), meddle, piece(b"", more=False)])[0] == 204
    assert (codes, gallery.alice(f"GET /images/{made}/file").content) == ([409], b"first")
    assert gallery.upload(gallery.alice, made, b"again").code == 409


def test_uploads_that_a_crash_cut_off_wait_for_bytes_again(gallery: Gallery) -> None:
    made, done = gallery.make(), gallery.make(content=b"x")

    def crash() -> None:
        gallery.store.write(image.recover)
        assert gallery.status(made) == "queued"

    assert gallery.stream(made, [piece(b"first"), crash, piece(b"", more=False)])[0] == 410
    assert (gallery.status(made), gallery.status(done)) == ("queued", "active")


def test_what_comes_through_another_node_goes_on(gallery: Gallery) -> None:
    made = gallery.make()

    def crash() -> None:
        gallery.store.add(Node("there"))
        gallery.store.write(image.recover)
        assert gallery.status(made) == "saving"

    assert gallery.stream(made, [piece(b"first"), crash, piece(b"", more=False)])[0] == 204


def test_nothing_is_collected_between_the_last_byte_and_the_row(gallery: Gallery) -> None:
    made, other = gallery.make(), gallery.make(content=CONTENT)

    def collect() -> None:
        gallery.alice(f"DELETE /images/{other}")
        gallery.chunks.gc(lambda: image.live_manifests(gallery.store, "chunks"))

    assert gallery.stream(made, [piece(CONTENT), collect, piece(b"", more=False)])[0] == 204
    assert gallery.alice(f"GET /images/{made}/file").content == CONTENT


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x_openstack_image_size": "5"}, 204),
        ({"x_openstack_image_size": "6"}, 400),
        ({"x_openstack_image_size": "-1"}, 400),
        ({"x_image_meta_store": "chunks"}, 204),
        ({"x_image_meta_store": "attic"}, 400),
        ({"content_type": "text/plain"}, 415),
    ],
)
def test_headers_of_an_upload_are_minded(gallery: Gallery, headers: dict[str, str], code: int) -> None:
    made = gallery.make()
    assert gallery.upload(gallery.alice, made, b"bytes", **headers).code == code
    assert gallery.status(made) == ("active" if code == 204 else "queued")


def test_only_members_of_the_owner_may_upload(gallery: Gallery) -> None:
    made = gallery.make(visibility="community")
    asked = (gallery.stranger, gallery.rita, gallery.bob, gallery.admin)
    assert [gallery.upload(who, made, b"x").code for who in asked] == [401, 403, 403, 204]
    assert gallery.upload(gallery.bob, gallery.make(), b"x").code == 404
    assert gallery.upload(gallery.alice, NOWHERE, b"x").code == 404


def test_an_image_without_formats_takes_no_bytes(gallery: Gallery) -> None:
    made = gallery.make(disk_format=None)
    assert gallery.upload(gallery.alice, made, b"x").code == 400
    assert gallery.status(made) == "queued"


@pytest.mark.parametrize(
    ("claimed", "content", "code"),
    [
        ("raw", b"anything", 204),
        ("qcow2", qcow2(1 << 30), 204),
        ("raw", qcow2(1 << 30), 415),
        ("qcow2", b"anything", 415),
        ("qcow2", qcow2(1 << 30, backing=512), 415),
        ("qcow2", qcow2(1 << 60), 415),
        ("raw", b"LUKS\xba\xbe", 204),
    ],
)
def test_bytes_must_be_what_the_image_claims(gallery: Gallery, claimed: str, content: bytes, code: int) -> None:
    made = gallery.make(disk_format=claimed)
    assert gallery.upload(gallery.alice, made, content).code == code
    assert gallery.status(made) == ("active" if code == 204 else "queued")


def test_the_size_of_the_disk_in_an_image_is_told(gallery: Gallery) -> None:
    made = gallery.make(disk_format="qcow2", content=qcow2(5 << 30))
    assert gallery.alice(f"GET /images/{made}").body["virtual_size"] == 5 << 30


def test_formats_go_unchecked_where_the_operator_says_so_but_dangers_do_not(gallery: Gallery) -> None:
    gallery.settle(enforce_format=False)
    assert gallery.upload(gallery.alice, gallery.make(disk_format="vmdk"), b"bogus").code == 204
    assert gallery.upload(gallery.alice, gallery.make(), qcow2(1, backing=9)).code == 415


def test_an_image_may_be_empty(gallery: Gallery) -> None:
    made = gallery.make(content=b"")
    heard = gallery.alice(f"GET /images/{made}/file")
    assert (gallery.status(made), heard.code, heard.content) == ("active", 200, b"")
