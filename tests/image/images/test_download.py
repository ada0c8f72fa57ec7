"""Downloads: whole, in part, refused, and cut off."""

from __future__ import annotations

import hashlib
import os

import pytest

from pileus.image.images.download import BadRange, Part, part_of
from pileus.kernel.errors import Invalid
from pileus.kernel.store import Store
from tests.image.gallery import GONE, NOWHERE, Gallery, piece

CONTENT = os.urandom(3 << 20)
SIZE = len(CONTENT)


@pytest.fixture
def made(gallery: Gallery) -> str:
    """An image of alice's with bytes."""
    return gallery.make(content=CONTENT)


def test_a_download_gives_every_byte_and_their_digest(gallery: Gallery, made: str) -> None:
    heard = gallery.alice(f"GET /images/{made}/file")
    assert (heard.code, heard.content) == (200, CONTENT)
    assert heard.headers["content-type"] == "application/octet-stream"
    assert heard.headers["content-length"] == str(SIZE)
    assert heard.headers["content-md5"] == hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    assert heard.headers["x-openstack-request-id"].startswith("req-")


def test_head_tells_the_size_and_sends_nothing(gallery: Gallery, made: str) -> None:
    heard = gallery.alice(f"HEAD /images/{made}/file")
    assert (heard.code, heard.headers["content-length"], heard.content) == (200, str(SIZE), b"")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        (f"bytes={1 << 20}-{2 << 20}", 1 << 20, 2 << 20),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        (f"bytes=5-{SIZE * 2}", 5, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
    ],
)
def test_a_part_is_sent_where_one_is_asked_for(gallery: Gallery, made: str, asked: str, first: int, last: int) -> None:
    heard = gallery.alice(f"GET /images/{made}/file", headers={"range": asked})
    assert (heard.code, heard.content) == (206, CONTENT[first : last + 1])
    assert heard.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
    assert heard.headers["content-length"] == str(last + 1 - first)
    assert "content-md5" not in heard.headers


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=9-3", "bytes=-0", "bytes=-", "pages=1-2", "bytes=a-b", ""])
def test_a_part_that_is_not_there_is_refused(gallery: Gallery, made: str, asked: str) -> None:
    assert gallery.alice(f"GET /images/{made}/file", headers={"range": asked}).code == 416


def test_several_parts_at_once_are_refused(gallery: Gallery, made: str) -> None:
    assert gallery.alice(f"GET /images/{made}/file", headers={"range": "bytes=0-1,3-4"}).code == 400


def test_parts_are_worked_out_from_the_size_alone() -> None:
    assert part_of(None, 0) == Part(0, 0, is_whole=True)
    assert part_of("bytes = 2 - ", 10) == Part(2, 8)
    with pytest.raises(BadRange):
        part_of("bytes=0-0", 0)
    with pytest.raises(Invalid):
        part_of("bytes=0-0,2-2", 9)


def test_an_image_without_bytes_has_nothing_to_give(gallery: Gallery) -> None:
    heard = gallery.alice(f"GET /images/{gallery.make()}/file")
    assert (heard.code, heard.content) == (204, b"")


def test_who_may_download(gallery: Gallery, made: str) -> None:
    askers = (gallery.stranger, gallery.rita, gallery.bob, gallery.admin)
    assert [who(f"GET /images/{made}/file").code for who in askers] == [401, 403, 404, 200]
    assert gallery.alice(f"GET /images/{NOWHERE}/file").code == 404
    community = gallery.make(content=b"x", visibility="community")
    assert gallery.bob(f"GET /images/{community}/file").code == 200


def test_a_deactivated_image_gives_its_bytes_to_administrators_only(gallery: Gallery, made: str) -> None:
    assert gallery.alice(f"POST /images/{made}/actions/deactivate").code == 204
    assert [who(f"GET /images/{made}/file").code for who in (gallery.alice, gallery.admin)] == [403, 200]
    assert gallery.alice(f"POST /images/{made}/actions/reactivate").code == 204
    assert gallery.alice(f"GET /images/{made}/file").code == 200


def test_a_damaged_image_is_not_begun_to_be_sent(gallery: Gallery, made: str) -> None:
    for address in gallery.chunks.kept:
        gallery.chunks.kept[address] = b"rotten"
    assert gallery.alice(f"GET /images/{made}/file").code == 503


def test_reading_ends_when_the_caller_has_gone(gallery: Gallery, made: str) -> None:
    code, sent = gallery.stream(made, [piece(b"", more=False), GONE], method="GET")
    assert code == 200
    assert sum(len(one.get("body", b"")) for one in sent) < SIZE


def test_a_caller_says_which_stores_it_would_rather_read_from(sqlite_store: Store) -> None:
    gallery = Gallery(sqlite_store, attics=("attic",))
    made = gallery.make(content=b"bytes")
    gallery.bring(made, "copy-image", gallery.admin, all_stores=True)
    gallery.work()
    codes = [
        gallery.alice(f"GET /images/{made}/file", prefer=names).code for names in ("attic", "attic,chunks", "moon", "")
    ]
    assert codes == [200, 200, 400, 400]
    gallery.chunks.kept.clear()
    assert gallery.alice(f"GET /images/{made}/file", prefer="attic").content == b"bytes"
    gallery.close()
