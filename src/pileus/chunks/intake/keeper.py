"""What uploads and parcels have in common: all or nothing, and safe from collection until they are closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, Self

from blake3 import blake3

from pileus.chunks import manifest
from pileus.chunks.errors import ChunkError

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
