"""Get chunks out of objects: those that lie in one object by one request, several objects at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from blake3 import blake3

from pileus.chunks.errors import Damaged
from pileus.chunks.packs import Unpacking
from pileus.chunks.s3.bucket import Bucket, name_of
from pileus.chunks.s3.index import Found

Asked = Sequence[tuple[bytes, Found]]


def fetch(bucket: Bucket, asked: Asked, *, verify: bool = True) -> Iterator[bytes]:
    """The chunks, in the order asked. Raises Absent if an object has gone, Damaged."""
    spans: dict[str, dict[tuple[int, int], bytes]] = {}
    for _, (name, place) in asked:
        spans.setdefault(name, {})[place.position, place.length] = b""
    for name, parts in spans.items():
        for span, content in zip(parts, bucket.ranges(name_of(name), list(parts)), strict=True):
            parts[span] = content
    unpacking = Unpacking()
    for digest, (name, place) in asked:
        packed = spans[name][place.position, place.length]
        if len(packed) != place.length:
            raise Damaged(f"chunk {digest.hex()} in object {name} is cut short")
        data = unpacking.chunk(packed, place.size)
        if verify and blake3(data).digest() != digest:
            raise Damaged(f"chunk {digest.hex()} in object {name} is damaged")
        yield data
