"""Pushes, through the client's own half: what travels, what is told, what is believed."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from blake3 import blake3

from pileus.chunks import ChunkStores, Packing
from pileus.chunks.manifest import Entry, Writer
from pileus.client.api import BYTES, Failed, Images, Reply
from pileus.client.pushing import Push
from pileus.image import forget_idle, live_manifests, recover
from pileus.image.images.table import image_row
from pileus.kernel.clock import HeldClock
from tests.asking import Heard
from tests.chunks.contents import KIB, MIB, noise, prose
from tests.image.gallery import Gallery
from tests.image.pushes.carrying import GalleryCarrier, push, quiet, records


def file(folder: Path, content: bytes, name: str = "disk.raw") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def address(data: bytes) -> str:
    return blake3(data).hexdigest()


def test_a_pushed_image_is_as_if_it_had_been_uploaded(either: Gallery, tmp_path: Path) -> None:
    content = noise(3 * MIB) + bytes(2 * MIB) + prose(MIB) + b"end"
    made, pushed = push(either, either.alice, file(tmp_path, content))
    uploaded = either.make(content=content)
    names = ("size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value", "status", "disk_format")
    one, other = (either.alice(f"GET /images/{image}").body for image in (made, uploaded))
    assert {name: one[name] for name in names} == {name: other[name] for name in names}
    assert one["os_hash_value"] == hashlib.sha512(content).hexdigest()
    assert either.alice(f"GET /images/{made}/file").content == content
    assert pushed.size == len(content) > pushed.sent > 3 * MIB
    assert either.alice(f"GET /images/{made}/push").code == 404


@pytest.mark.parametrize("content", [b"", b"x", bytes(MIB)])
def test_the_smallest_images_are_pushed_too(gallery: Gallery, tmp_path: Path, content: bytes) -> None:
    made, _ = push(gallery, gallery.alice, file(tmp_path, content))
    assert gallery.alice(f"GET /images/{made}/file").content == content


def test_a_known_image_costs_nothing_and_a_changed_one_its_change(gallery: Gallery, tmp_path: Path) -> None:
    content = noise(16 * MIB)
    gallery.make(content=content)
    _, known = push(gallery, gallery.alice, file(tmp_path, content))
    assert known.sent == 0
    changed = content[: 8 * MIB] + noise(160 * KIB, 2) + content[8 * MIB + 160 * KIB :]
    made, pushed = push(gallery, gallery.alice, file(tmp_path, changed))
    assert pushed.sent < 600 * KIB
    assert gallery.alice(f"GET /images/{made}/file").content == changed


def test_what_another_project_has_must_be_sent_again(gallery: Gallery, tmp_path: Path) -> None:
    """Neither an answer nor the room taken tells that it is there."""
    content = noise(2 * MIB)
    theirs = gallery.make(gallery.bob, content=content)
    used = gallery.chunks.used()
    made, pushed = push(gallery, gallery.alice, file(tmp_path, content))
    assert pushed.sent > len(content)
    assert gallery.chunks.used() >= used
    gallery.bob(f"DELETE /images/{theirs}")
    gallery.chunks.gc(lambda: live_manifests(gallery.store, "chunks"))
    assert gallery.alice(f"GET /images/{made}/file").content == content


def test_what_others_show_need_not_be_sent(gallery: Gallery, tmp_path: Path) -> None:
    shown = noise(MIB, 1), noise(MIB, 2), noise(MIB, 3)
    gallery.make(gallery.admin, content=shown[0], visibility="public")
    gallery.make(gallery.bob, content=shown[1], visibility="community")
    shared = gallery.make(gallery.bob, content=shown[2])
    gallery.bob(f"POST /images/{shared}/members", {"member": "blue"})
    for content in shown:
        assert push(gallery, gallery.alice, file(tmp_path, content))[1].sent == 0


def test_a_deactivated_image_tells_nothing(gallery: Gallery, tmp_path: Path) -> None:
    content = noise(MIB)
    gallery.admin(f"POST /images/{gallery.make(content=content)}/actions/deactivate")
    assert push(gallery, gallery.alice, file(tmp_path, content))[1].sent > MIB


def begun(gallery: Gallery) -> str:
    made = gallery.make()
    assert gallery.alice(f"POST /images/{made}/push", {}).code == 201
    return made


def commit(gallery: Gallery, image_id: str, manifest: str) -> dict[str, object]:
    heard = gallery.alice(f"POST /images/{image_id}/push/commit", {"manifest": manifest})
    assert (heard.code, heard.body["state"]) == (202, "checking")
    gallery.work()
    return dict(gallery.alice(f"GET /images/{image_id}/push").body or {})


def test_a_manifest_that_names_others_chunks_gives_nothing_away(gallery: Gallery) -> None:
    """Whoever knows the names of another's chunks, or of its whole image, has not got its bytes."""
    theirs = gallery.make(gallery.bob, content=noise(2 * MIB))
    row = gallery.store.read(lambda tx: image_row(tx, theirs))
    assert row is not None
    made = begun(gallery)
    told = commit(gallery, made, row["manifest"])
    assert (told["state"], told["missing"]) == ("open", [row["manifest"]])
    blobs = [next(gallery.chunks.chunks([name])) for name in [row["manifest"]]]
    gallery.alice(f"PUT /images/{made}/push/parts", records(*blobs), headers={"content-type": BYTES})
    told = commit(gallery, made, row["manifest"])
    assert told["state"] == "open" and told["missing"]
    unknown = begun(gallery)
    assert commit(gallery, unknown, "ab" * 32)["missing"] == ["ab" * 32]
    assert gallery.alice(f"GET /images/{made}").body["status"] == "saving"


def test_a_question_is_answered_alike_for_what_is_hidden_and_what_is_not_there(gallery: Gallery) -> None:
    hidden = noise(100 * KIB)
    gallery.make(gallery.bob, content=hidden)
    heard = gallery.alice(
        f"POST /images/{begun(gallery)}/push/missing", {"addresses": [address(hidden), "ab" * 32, address(hidden)]}
    )
    assert heard.body == {"missing": [address(hidden), "ab" * 32, address(hidden)]}


def test_a_chunk_must_be_as_long_as_its_manifest_says(gallery: Gallery) -> None:
    blobs: list[bytes] = []

    def keep(blob: bytes) -> str:
        blobs.append(blob)
        return address(blob)

    data, made = noise(50 * KIB), begun(gallery)
    listing = Writer(keep)
    listing.add(Entry(60 * KIB, address(data)))
    name = listing.finish()
    gallery.alice(f"PUT /images/{made}/push/parts", records(data, *blobs), headers={"content-type": BYTES})
    assert commit(gallery, made, name)["state"] == "failed"
    assert gallery.status(made) == "queued"


@pytest.mark.parametrize("body", [b"x", b"chnk" + bytes(36), records(b"abc")[:-1], records(b"abc") + b"!"])
def test_what_is_no_record_is_refused(gallery: Gallery, body: bytes) -> None:
    made = begun(gallery)
    heard = gallery.alice(f"PUT /images/{made}/push/parts", body, headers={"content-type": BYTES})
    assert heard.code == 400, heard.content


def test_a_chunk_under_a_false_name_is_refused(gallery: Gallery) -> None:
    false = b"".join(bytes(part) for part in Packing().record(blake3(b"abc").digest(), b"abd"))
    heard = gallery.alice(f"PUT /images/{begun(gallery)}/push/parts", false, headers={"content-type": BYTES})
    assert heard.code == 400


def test_an_interrupted_push_goes_on_where_it_was(gallery: Gallery, tmp_path: Path) -> None:
    """Cut off after every request in turn, and the cloud's processes restarted and its chunks collected meanwhile."""
    path, image_id, breaks_at = file(tmp_path, noise(20 * MIB)), gallery.make(), 1
    parts = 0
    while gallery.status(image_id) != "active":
        carrier = GalleryCarrier(gallery, gallery.alice, breaks_at=breaks_at)
        with suppress(ConnectionError):
            push_again(carrier, image_id, path)
        parts += carrier.asked[:breaks_at].count("PUT parts")
        gallery.store.write(recover)
        gallery.chunks.gc(lambda: live_manifests(gallery.store, "chunks"))
        breaks_at += 1
    assert breaks_at > 5 and parts < 7
    assert gallery.alice(f"GET /images/{image_id}/file").content == path.read_bytes()


def push_again(carrier: GalleryCarrier, image_id: str, path: Path) -> int:
    return Push(Images(carrier, image_id), path, quiet).run().sent


def test_an_image_deleted_before_the_commit_costs_its_chunks_anew(gallery: Gallery, tmp_path: Path) -> None:
    content = noise(3 * MIB)
    known, path, image_id = gallery.make(content=content), file(tmp_path, content), gallery.make()

    class Deleting(GalleryCarrier):
        def ask(self, method: str, path: str, body: object = None) -> Reply:
            if path.endswith("/commit"):
                gallery.alice(f"DELETE /images/{known}")
                gallery.chunks.gc(lambda: live_manifests(gallery.store, "chunks"))
            return super().ask(method, path, body)

    assert push_again(Deleting(gallery, gallery.alice), image_id, path) > 3 * MIB
    assert gallery.alice(f"GET /images/{image_id}/file").content == content


def test_bytes_that_are_not_what_the_image_claims_are_refused_and_may_be_pushed_as_another(
    gallery: Gallery, tmp_path: Path
) -> None:
    image_id = gallery.make(disk_format="qcow2")
    with pytest.raises(Failed, match="did not match the disk_format"):
        push(gallery, gallery.alice, file(tmp_path, noise(MIB)), image_id=image_id)
    assert gallery.status(image_id) == "queued"
    patch = {"op": "replace", "path": "/disk_format", "value": "raw"}
    assert gallery.patch(gallery.alice, image_id, patch).code == 200
    _, pushed = push(gallery, gallery.alice, file(tmp_path, noise(MIB)), image_id=image_id)
    assert pushed.sent == 0
    assert gallery.status(image_id) == "active"


def test_a_push_given_up_or_forgotten_gives_its_room_back(gallery: Gallery, tmp_path: Path, clock: HeldClock) -> None:
    for end in ("DELETE", "forget", "delete the image"):
        made = begun(gallery)
        parts = records(noise(300 * KIB))
        assert gallery.alice(f"PUT /images/{made}/push/parts", parts, headers={"content-type": BYTES}).code == 204
        gallery.chunks.gc(lambda: live_manifests(gallery.store, "chunks"))
        assert gallery.chunks.used() > 300 * KIB
        if end == "DELETE":
            assert gallery.alice(f"DELETE /images/{made}/push").code == 204
        elif end == "forget":
            clock.forward(8 * 24 * 3600)
            gallery.store.write(forget_idle)
        else:
            assert gallery.alice(f"DELETE /images/{made}").code == 204
        gallery.chunks.gc(lambda: live_manifests(gallery.store, "chunks"))
        assert gallery.chunks.used() == 0
        assert end == "delete the image" or gallery.status(made) == "queued"


def test_a_full_store_takes_no_part_and_keeps_what_it_has(gallery: Gallery, tmp_path: Path) -> None:
    path, image_id = file(tmp_path, noise(20 * MIB)), gallery.make()
    gallery.chunks.capacity = 18 * MIB
    with pytest.raises(Failed, match="413"):
        push(gallery, gallery.alice, path, image_id=image_id)
    assert gallery.status(image_id) == "saving"
    gallery.chunks.capacity = None
    _, pushed = push(gallery, gallery.alice, path, image_id=image_id)
    assert pushed.sent < 20 * MIB
    assert gallery.alice(f"GET /images/{image_id}/file").content == path.read_bytes()


def test_a_store_that_is_full_at_the_commit_says_so(gallery: Gallery, tmp_path: Path) -> None:
    content, image_id = noise(2 * MIB), gallery.make()
    gallery.make(content=content)

    class Filling(GalleryCarrier):
        def ask(self, method: str, path: str, body: object = None) -> Reply:
            if path.endswith("/commit"):
                gallery.chunks.capacity = 0
            return super().ask(method, path, body)

    changed = file(tmp_path, content + noise(MIB, 2))
    with pytest.raises(Failed):
        push_again(Filling(gallery, gallery.alice), image_id, changed)
    gallery.chunks.capacity = None
    assert gallery.status(image_id) in ("queued", "saving")
    assert push_again(GalleryCarrier(gallery, gallery.alice), image_id, changed) == 0
    assert gallery.alice(f"GET /images/{image_id}/file").content == changed.read_bytes()


def test_a_push_to_a_store_that_is_no_more_says_so(gallery: Gallery) -> None:
    made = begun(gallery)
    gallery.store.add(ChunkStores({"another": gallery.chunks}))
    heard = gallery.alice(f"POST /images/{made}/push/missing", {"addresses": []})
    assert heard.code == 409
    assert gallery.alice(f"PUT /images/{made}/push/parts", records(b"x"), headers={"content-type": BYTES}).code == 409
    assert gallery.alice(f"DELETE /images/{made}/push").code == 204


def test_only_who_may_upload_may_push(gallery: Gallery) -> None:
    made = begun(gallery)
    lines: list[tuple[str, object]] = [
        (f"GET /images/{made}/push", None),
        (f"POST /images/{made}/push", {}),
        (f"POST /images/{made}/push/missing", {"addresses": []}),
        (f"POST /images/{made}/push/commit", {"manifest": "ab" * 32}),
        (f"DELETE /images/{made}/push", None),
        (f"PUT /images/{made}/push/parts", b""),
    ]
    for line, body in lines:
        headers = {"content-type": BYTES} if body == b"" else {}
        heard: list[Heard] = [who(line, body, headers=headers) for who in (gallery.stranger, gallery.bob, gallery.rita)]
        assert [each.code for each in heard] == [401, 404, 403], line


def test_a_push_is_asked_for_in_order(gallery: Gallery) -> None:
    made = gallery.make()
    assert gallery.alice(f"POST /images/{made}/push/missing", {"addresses": []}).code == 404
    gallery.alice(f"POST /images/{made}/push", {})
    assert gallery.alice(f"POST /images/{made}/push", {}).code == 201
    gallery.alice(f"POST /images/{made}/push/commit", {"manifest": "ab" * 32})
    assert gallery.alice(f"POST /images/{made}/push/missing", {"addresses": []}).code == 409
    assert gallery.alice(f"DELETE /images/{made}/push").code == 409
    assert gallery.alice(f"POST /images/{gallery.make(content=b'x')}/push", {}).code == 409
    for wrong in ({"addresses": ["x"]}, {"addresses": ["ab" * 33]}, {"addresses": ["AB" * 32]}, {}):
        assert gallery.alice(f"POST /images/{begun(gallery)}/push/missing", wrong).code == 400
    assert gallery.alice(f"POST /images/{gallery.make()}/push", {"store": "nowhere"}).code == 400
