"""Records of chunks: compressed where it pays, and never taken for what they are not."""

from __future__ import annotations

import struct

import pytest
import zstandard
from blake3 import blake3

from pileus.chunks.errors import Damaged
from pileus.chunks.packs import HEADER, Packing, Unpacking, records, size_of
from tests.chunks.contents import KIB, noise, prose


def record_of(data: bytes) -> bytes:
    return b"".join(map(bytes, Packing().record(blake3(data).digest(), data)))


@pytest.mark.parametrize("data", [b"", b"x", prose(3 * KIB), prose(200 * KIB), noise(3 * KIB), noise(200 * KIB)])
def test_a_record_gives_its_chunk_back(data: bytes) -> None:
    content = record_of(b"before") + record_of(data) + record_of(b"after")
    found = [(digest, size) for digest, _, _, size in records(content)]
    assert found == [(blake3(one).digest(), len(one)) for one in (b"before", data, b"after")]


def test_what_compresses_is_compressed_and_what_does_not_is_left_alone() -> None:
    assert len(record_of(prose(200 * KIB))) < 130 * KIB
    assert record_of(noise(200 * KIB)).endswith(noise(200 * KIB))


def test_a_chunk_with_a_compressible_beginning_only_is_left_alone() -> None:
    data = bytes(10 * KIB) + noise(190 * KIB)
    assert record_of(data).endswith(data)


def test_damage_costs_one_record() -> None:
    parts = [record_of(prose(50 * KIB, seed)) for seed in (1, 2, 3)]
    for place in (0, 6, 30, HEADER.size + 5, len(parts[1]) - 1):
        damaged = bytearray(parts[1])
        damaged[place] ^= 0x55
        assert len(list(records(parts[0] + bytes(damaged) + parts[2]))) == 2
        assert len(list(records(parts[0] + bytes(damaged[:place])))) == 1


def test_a_frame_that_promises_too_much_is_refused() -> None:
    """A few bytes can claim terabytes; they are not even tried."""
    frame = bytearray(zstandard.ZstdCompressor().compress(bytes(1 << 20)))
    assert size_of(bytes(frame)) == 1 << 20
    with pytest.raises(Damaged):
        Unpacking().chunk(bytes(frame), 1 << 40)
    bomb = b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 1 << 50) + b"\x01\x00\x00"
    for wrong in (bomb, b"", b"(\xb5/\xfd", noise(100)):
        with pytest.raises(Damaged):
            size_of(wrong)
