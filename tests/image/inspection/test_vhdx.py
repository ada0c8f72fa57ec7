"""The size of a vhdx is found where its tables say, and nowhere else."""

from __future__ import annotations

import struct

import pytest

from pileus.image.inspection.finding import MOST_VIRTUAL, Danger, Finding
from pileus.image.inspection.vhdx import vhdx
from tests.image.inspection import contents


def test_a_vhdx_tells_its_size() -> None:
    assert vhdx(contents.vhdx(7 << 30), b"") == Finding("vhdx", 7 << 30)


def torn(at: int, patch: bytes) -> bytes:
    found = bytearray(contents.vhdx())
    found[at : at + len(patch)] = patch
    return bytes(found)


@pytest.mark.parametrize(
    "content",
    [
        contents.vhdx(flags=0b10),
        contents.vhdx(MOST_VIRTUAL + 1),
        contents.vhdx(count=1),
        contents.vhdx(place=1 << 63),
        contents.vhdx()[: 2 << 20],
        b"vhdxfile",
        torn(192 * 1024, b"none"),
        torn(192 * 1024 + 8, struct.pack("<I", 0)),
        torn(2 << 20, b"nothing!"),
    ],
)
def test_a_vhdx_that_does_not_say_it_or_leans_on_another_is_refused(content: bytes) -> None:
    with pytest.raises(Danger):
        vhdx(content, b"")
