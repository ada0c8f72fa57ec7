"""The disk of a fake guest."""

from __future__ import annotations

from msgspec.structs import replace

from pileus.chunks.fake import FakeChunkStore
from pileus.compute.host.fake_disk import MIB, FakeStill
from pileus.compute.host.spec import Disk
from tests.chunks.contents import noise, put
from tests.compute.host.specs import ROOT, image


def test_it_has_its_image_then_zeros_then_what_the_guest_wrote() -> None:
    store = FakeChunkStore()
    below = replace(image("root.raw"), manifest=put(store, noise(MIB)).manifest)
    still = FakeStill(replace(ROOT, size_mib=2, image=below), b"hello", store)
    (block,) = still.changes
    assert still.read(0, still.size) == (noise(MIB) + bytes(block.start - MIB) + b"hello").ljust(2 * MIB, b"\0")
    assert still.read(block.start + 1, 3) == b"ell"
    assert still.read(100, 50) == noise(MIB)[100:150]


def test_without_a_plain_image_it_has_only_what_was_written() -> None:
    for disk in (Disk("root", 1), replace(ROOT, size_mib=1, image=image("guest.qcow2", "qcow2"))):
        still = FakeStill(disk, b"hello", FakeChunkStore())
        assert still.read(0, MIB).strip(b"\0") == b"hello"


def test_it_is_as_large_as_its_image_where_the_flavor_does_not_say() -> None:
    assert FakeStill(replace(ROOT, size_mib=0, image=replace(image("x"), size=12345)), b"", None).size == 12345
