"""Read every chunk in a bucket's packs."""

from __future__ import annotations

from collections.abc import Iterator

from pileus.chunks.errors import Absent, Damaged
from pileus.chunks.s3.bucket import Bucket
from pileus.chunks.s3.index import Found, Index
from pileus.chunks.s3.reading import fetch
from pileus.chunks.store import Flaw, Inspected


def inspect(index: Index, bucket: Bucket) -> Iterator[Inspected]:
    """Every sealed pack in turn; one that a collection takes away meanwhile has no flaw."""
    for row in index.all_packs():
        if row["writer"] is None:
            yield Inspected(row["size"], tuple(_flaws(index, bucket, row["id"], row["name"])))


def _flaws(index: Index, bucket: Bucket, pack: int, name: str) -> Iterator[Flaw]:
    chunks = [(digest, Found(name, place)) for digest, place in index.chunks_in(pack)]
    try:
        for _ in fetch(bucket, chunks):
            pass
    except (Absent, Damaged):
        yield from (Flaw(each[0].hex(), pack) for each in chunks if index.has(pack) and not _is_whole(bucket, each))


def _is_whole(bucket: Bucket, chunk: tuple[bytes, Found]) -> bool:
    try:
        list(fetch(bucket, [chunk]))
    except (Absent, Damaged):
        return False
    return True
