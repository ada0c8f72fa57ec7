"""Scrub a store: read every chunk it has, put back from another store what is damaged, and tell what is lost.

A damaged chunk that nobody else has is forgotten, so that it is taken in when it comes again: with a later upload of
the same contents, whatever was lost is whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pileus.chunks import manifest
from pileus.chunks.errors import Absent, ChunkError, Damaged
from pileus.chunks.manifest import address_of
from pileus.chunks.store import ChunkStore, Source


class Scrubbed(NamedTuple):
    """How far a scrub is: bytes read, chunks found damaged and put back so far, and those that are lost."""

    bytes: int = 0
    damaged: int = 0
    mended: int = 0
    lost: tuple[str, ...] = ()


def scrub(stores: Mapping[str, ChunkStore], name: str) -> Iterator[Scrubbed]:
    """Scrub the store of a name, pack by pack; the last answer is that of the whole."""
    store, so_far = stores[name], Scrubbed()
    others = [other for other in stores if other != name]
    for found in store.inspect():
        so_far = so_far._replace(bytes=so_far.bytes + found.bytes, damaged=so_far.damaged + len(found.flaws))
        for flaw in found.flaws:
            data = _elsewhere([stores[other] for other in others], flaw.address)
            store.mend(flaw, data)
            if data is not None or _reads(store, flaw.address):
                so_far = so_far._replace(mended=so_far.mended + 1)
            else:
                so_far = so_far._replace(lost=(*so_far.lost, flaw.address))
        yield so_far
    yield so_far


def concerns(source: Source, name: str, lost: frozenset[str]) -> bool:
    """Whether an object is made of any of these chunks, or cannot be read so far that one could tell."""
    try:
        return any(address in lost for address in manifest.addresses(source.chunks, [name]))
    except (Absent, Damaged):
        return True


def _elsewhere(stores: list[ChunkStore], address: str) -> bytes | None:
    for store in stores:
        try:
            (data,) = store.chunks([address])
        except ChunkError:
            continue
        if address_of(data) == address:
            return data
    return None


def _reads(store: ChunkStore, address: str) -> bool:
    """Whether the store has it somewhere else, whole."""
    try:
        list(store.chunks([address]))
    except (Absent, Damaged):
        return False
    return True
