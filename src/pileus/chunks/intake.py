"""Take in an object that comes as chunks: some sent along, some that are there already, listed in order.

What uploads and parcels have in common stands here too: all or nothing, and safe from collection until closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, Self

from blake3 import blake3

from pileus.chunks import manifest
from pileus.chunks.errors import Absent, ChunkError
from pileus.chunks.manifest import Entry

Chunk = tuple[bytes, memoryview]  # BLAKE3 digest, data


class Keeper(Protocol):
    """Where the chunks of one object go."""

    def keep(self, chunks: Sequence[Chunk], *, anew: bool = False) -> int:
        """Keep what is not there yet, and count on the rest; `anew` keeps all without a look at what is there.

        Answers the bytes added. Raises StoreFull.
        """
        ...

    def count_on(self, digests: Sequence[bytes]) -> set[bytes]:
        """Which of these are there; they stay as long as this keeper."""
        ...

    def seal(self) -> None:
        """Make all that was kept durable, then visible. Raises StoreFull."""
        ...

    def drop(self) -> None:
        """Give back what was not sealed, and count on nothing any more. May be called again."""
        ...


class Intake:
    """One object on its way in, used by one thread at a time.

    Closing it before `finish` gives back every byte; so does an error in any of its verbs. Until it is closed, all
    that its object is made of is safe from collection, whether it came with it or was there before.
    """

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._manifest = manifest.Writer(self._keep_blob)
        self._added = 0
        self._is_open = True

    def close(self) -> None:
        """Let go: what was not finished is given back, what was finished must be written down by now."""
        self._is_open = False
        self._keeper.drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        if not self._is_open:
            raise ChunkError("this object has ended")
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _keep_blob(self, blob: bytes) -> str:
        digest = blake3(blob).digest()
        self._added += self._keeper.keep([(digest, memoryview(blob))])
        return digest.hex()


class Parcel(Intake):
    """An object that comes as chunks."""

    def add(self, chunks: Sequence[bytes]) -> None:
        """The next chunks, kept whether or not they are there: whoever sends them learns nothing. Raises StoreFull."""
        with self._all_or_nothing():
            named = [(blake3(data).digest(), memoryview(data)) for data in chunks]
            self._added += self._keeper.keep(named, anew=True)
            for digest, data in named:
                self._manifest.add(Entry(len(data), digest.hex()))

    def refer(self, entries: Sequence[Entry]) -> None:
        """The next entries, whose chunks are there. Raises Absent."""
        with self._all_or_nothing():
            asked = {bytes.fromhex(entry.address) for entry in entries if entry.address is not None}
            missing = asked - self._keeper.count_on(list(asked))
            if missing:
                raise Absent(f"there is no chunk {min(missing).hex()}")
            for entry in entries:
                self._manifest.add(entry)

    def repeat(self, entries: Sequence[Entry], fetch: Callable[[Sequence[str]], Iterable[bytes]]) -> None:
        """The next entries, whose chunks are there or are fetched from where they are. Raises Absent, StoreFull."""
        with self._all_or_nothing():
            asked = {bytes.fromhex(entry.address): entry.address for entry in entries if entry.address is not None}
            missing = sorted(asked.keys() - self._keeper.count_on(list(asked)))
            found = fetch([asked[digest] for digest in missing]) if missing else ()
            self._added += self._keeper.keep(
                [(digest, memoryview(data)) for digest, data in zip(missing, found, strict=True)]
            )
            for entry in entries:
                self._manifest.add(entry)

    def known(self, addresses: Sequence[str]) -> set[str]:
        """Which of these chunks are there; they stay as long as this parcel."""
        with self._all_or_nothing():
            found = self._keeper.count_on([bytes.fromhex(address) for address in addresses])
        return {digest.hex() for digest in found}

    def finish(self) -> str:
        """Make the object durable and visible; its name. Raises StoreFull."""
        with self._all_or_nothing():
            name = self._manifest.finish()
            self._keeper.seal()
            self._is_open = False
        return name
