"""Pulls, through the client's own half: what travels, what is checked, what may be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from pileus.client.api import Failed, Images, Reply
from pileus.client.pulling import Pull
from pileus.image.images.table import images
from tests.chunks.contents import KIB, MIB, noise, prose
from tests.image.gallery import Gallery
from tests.image.pushes.carrying import GalleryCarrier, pull, quiet


def test_a_pulled_file_is_the_image(either: Gallery, tmp_path: Path) -> None:
    content = noise(3 * MIB) + bytes(2 * MIB) + prose(MIB) + bytes(100)
    pulled = pull(either, either.alice, either.make(content=content), tmp_path / "disk")
    assert (tmp_path / "disk").read_bytes() == content
    assert 3 * MIB < pulled.fetched < 3.5 * MIB
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []


@pytest.mark.parametrize("content", [b"", b"x", bytes(MIB)])
def test_the_smallest_images_are_pulled_too(gallery: Gallery, tmp_path: Path, content: bytes) -> None:
    pull(gallery, gallery.alice, gallery.make(content=content), tmp_path / "disk")
    assert (tmp_path / "disk").read_bytes() == content


def test_a_later_version_costs_its_change(gallery: Gallery, tmp_path: Path) -> None:
    old = noise(8 * MIB)
    new = old[: 4 * MIB] + noise(100 * KIB, 2) + old[4 * MIB + 100 * KIB :]
    (tmp_path / "old").write_bytes(old)
    image_id = gallery.make(content=new)
    assert pull(gallery, gallery.alice, image_id, tmp_path / "new", tmp_path / "old").fetched < 500 * KIB
    assert pull(gallery, gallery.alice, image_id, tmp_path / "old", tmp_path / "old").fetched < 500 * KIB
    assert (tmp_path / "new").read_bytes() == (tmp_path / "old").read_bytes() == new


def test_an_interrupted_pull_goes_on_where_it_was(gallery: Gallery, tmp_path: Path) -> None:
    image_id, path = gallery.make(content=noise(40 * MIB)), tmp_path / "disk"
    with pytest.raises(ConnectionError):
        pull(gallery, gallery.alice, image_id, path, breaks_at=5)
    assert not path.exists()
    assert pull(gallery, gallery.alice, image_id, path).fetched < 39 * MIB
    assert path.read_bytes() == noise(40 * MIB)


def test_what_lies_where_zeros_belong_is_cleared(gallery: Gallery, tmp_path: Path) -> None:
    content = noise(MIB) + bytes(MIB) + noise(MIB, 2)
    (tmp_path / "disk.unfinished").write_bytes(noise(5 * MIB, 3))
    pull(gallery, gallery.alice, gallery.make(content=content), tmp_path / "disk")
    assert (tmp_path / "disk").read_bytes() == content


def test_what_the_cloud_sends_is_not_believed(gallery: Gallery, tmp_path: Path) -> None:
    class Lying(GalleryCarrier):
        def ask(self, method: str, path: str, body: object = None) -> Reply:
            reply = super().ask(method, path, body)
            if method == "POST":
                return reply._replace(content=reply.content[:-1] + bytes([reply.content[-1] ^ 1]))
            return reply

    images = Images(Lying(gallery, gallery.alice), gallery.make(content=noise(MIB)))
    with pytest.raises(Failed):
        Pull(images, tmp_path / "disk", [], quiet).run()
    assert not (tmp_path / "disk").exists()


def test_an_image_without_digests_is_pulled_by_its_chunks_alone(gallery: Gallery, tmp_path: Path) -> None:
    """As a snapshot is: nobody has read all of it to hash it."""
    made = gallery.make(content=noise(MIB))
    nothing = {"checksum": None, "os_hash_algo": None, "os_hash_value": None}
    gallery.store.write(lambda tx: tx.change(images, made, **nothing))
    pull(gallery, gallery.alice, made, tmp_path / "disk")
    assert (tmp_path / "disk").read_bytes() == noise(MIB)


def test_only_who_may_download_may_pull(gallery: Gallery) -> None:
    image_id = gallery.make(content=noise(MIB))
    asked = {"addresses": ["ab" * 32]}
    for who, code in ((gallery.stranger, 401), (gallery.bob, 404), (gallery.rita, 403)):
        assert who(f"GET /images/{image_id}/chunks").code == code
        assert who(f"POST /images/{image_id}/chunks", asked).code == code


def test_no_chunk_of_another_image_is_given_out(gallery: Gallery) -> None:
    """Not even to its owner by way of an image of theirs, nor told from one that is nowhere."""
    mine, theirs = gallery.make(content=b"mine"), gallery.make(gallery.bob, content=noise(90 * KIB))
    page = gallery.bob(f"GET /images/{theirs}/chunks").body
    for address in (page["entries"][0][1], "ab" * 32):
        heard = gallery.alice(f"POST /images/{mine}/chunks", {"addresses": [address]})
        assert heard.code == 404
    assert gallery.bob(f"POST /images/{theirs}/chunks", {"addresses": [page["entries"][0][1]]}).code == 200


def test_an_image_without_bytes_has_no_chunks(gallery: Gallery) -> None:
    assert gallery.alice(f"GET /images/{gallery.make()}/chunks").code == 409
    made = gallery.make(content=b"x")
    gallery.admin(f"POST /images/{made}/actions/deactivate")
    assert gallery.alice(f"GET /images/{made}/chunks").code == 403
    for offset in ("-1", "x"):
        assert gallery.alice(f"GET /images/{made}/chunks?offset={offset}").code == 400
