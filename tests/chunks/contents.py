"""Bytes for tests: random, but the same in every run."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from pileus.chunks.intake.upload import Stored
from pileus.chunks.store import ChunkStore

KIB = 1 << 10
MIB = 1 << 20


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that nothing else has."""
    return Random(seed).randbytes(size)


def put(store: ChunkStore, content: bytes, batch: int = 300_000) -> Stored:
    """Upload all of it and let go."""
    with store.upload() as upload:
        for part in parts(content, batch):
            upload.write(part)
        return upload.finish()


def parts(content: bytes, size: int) -> Iterator[bytes]:
    return (content[first : first + size] for first in range(0, len(content), size))


def nothing() -> list[str]:
    """The live manifests of somebody who has none."""
    return []


def whole(store: ChunkStore, name: str) -> bytes:
    return b"".join(store.read(name))


def prose(size: int, seed: int = 1) -> bytes:
    """Bytes that compress well, yet are the same nowhere else."""
    random = Random(seed)
    words = [random.randbytes(6).hex() for _ in range(300)]
    return " ".join(random.choices(words, k=size // 13 + 1)).encode()[:size]
