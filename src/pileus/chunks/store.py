"""The contract of a chunk store: what it takes in, gives out, and forgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from pileus.chunks.intake.parcel import Parcel
    from pileus.chunks.intake.upload import Upload
    from pileus.chunks.manifest import Entry


@dataclass(frozen=True)
class Freed:
    """What one collection gave back: packs taken away, and bytes on disk."""

    packs: int
    bytes: int


@dataclass(frozen=True)
class Stats:
    """What a store holds: `data_bytes` in different chunks, `disk_bytes` in the files that keep them."""

    chunks: int
    data_bytes: int
    packs: int
    disk_bytes: int


class Flaw(NamedTuple):
    """A chunk that is damaged, or gone, in one pack."""

    address: str
    pack: int


class Inspected(NamedTuple):
    """What reading one pack has shown."""

    bytes: int
    flaws: tuple[Flaw, ...]


class Source(Protocol):
    """Whatever can hand out chunks: a store, or the way to one."""

    def chunks(self, addresses: Sequence[str], /) -> Iterator[bytes]:
        """The chunks, in the order asked. Raises Absent, Damaged."""
        ...


class ChunkStore(Source, Protocol):
    """Objects kept as chunks, equal chunks once. Any thread may call any verb; several processes may use one store."""

    def upload(self) -> Upload:
        """Begin to take in an object; nothing of it shows before `finish`."""
        ...

    def parcel(self) -> Parcel:
        """Begin to take in an object that comes as chunks; nothing of it shows before `finish`."""
        ...

    def entries(self, name: str, offset: int = 0) -> Iterator[tuple[int, Entry]]:
        """(position, entry) of an object in order, from the entry that holds `offset`."""
        ...

    def read(self, name: str, offset: int = 0, length: int | None = None, *, verify: bool = True) -> Iterator[bytes]:
        """The bytes of an object in batches of about 1 MiB; what lies beyond its end is not there."""
        ...

    def gc(self, live: Callable[[], Iterable[str]]) -> Freed:
        """Forget what neither the manifests in `live` nor an upload counts on.

        `live` is called after the collection has noted which uploads are open, and must then answer every manifest
        its callers have written down: an upload closed later is spared without being in the list. It is called once
        more if the disk is so full that the collection had to begin again. Raises Absent if one is not there.
        """
        ...

    def inspect(self) -> Iterator[Inspected]:
        """Read and verify every chunk, pack by pack; others may use the store meanwhile."""
        ...

    def mend(self, flaw: Flaw, data: bytes | None) -> None:
        """Keep a chunk anew whose bytes were found elsewhere (None: nowhere), and forget the damaged one."""
        ...

    def stats(self) -> Stats: ...

    def close(self) -> None: ...
