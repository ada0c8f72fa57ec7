"""The chunk stores of one cloud by their names, and any of them read as one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pileus.chunks import manifest, reading
from pileus.chunks.errors import Absent, ChunkError, Damaged, Unreachable
from pileus.chunks.manifest import Entry
from pileus.chunks.store import ChunkStore

AWAY = 15.0
"""Seconds for which a store that did not answer is read last: to be told so once more would take long."""


class Away:
    """Stores that did not answer when they were last read."""

    def __init__(self) -> None:
        self._until: dict[ChunkStore, float] = {}

    def note(self, store: ChunkStore) -> None:
        """It did not answer just now."""
        self._until[store] = time.monotonic() + AWAY

    def last(self, stores: Iterable[ChunkStore]) -> list[ChunkStore]:
        """The stores in their order, but those last that did not answer."""
        now = time.monotonic()
        return sorted(stores, key=lambda store: self._until.get(store, 0.0) > now)


class Together:
    """Several stores read as one: what the first has not, or does not give, comes from the next that has it."""

    def __init__(self, stores: Sequence[ChunkStore], away: Away) -> None:
        self._stores = stores
        self._away = away

    def chunks(self, addresses: Sequence[str]) -> Iterator[bytes]:
        """The chunks, in the order asked.

        Raises Unreachable if one might be in a store that does not answer, else Absent or Damaged as the first would.
        """
        if len(self._stores) == 1:
            yield from self._stores[0].chunks(addresses)
            return
        given = 0
        while given < len(addresses):
            first, *others = self._away.last(self._stores)
            try:
                for data in first.chunks(addresses[given:]):
                    yield data
                    given += 1
            except (Absent, Damaged, Unreachable) as error:
                yield self._elsewhere(addresses[given], others, self._noted(first, error))
                given += 1

    def entries(self, name: str, offset: int = 0) -> Iterator[tuple[int, Entry]]:
        """As a store's `entries`."""
        return manifest.entries(self.chunks, name, offset)

    def read(self, name: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """As a store's `read`."""
        return reading.read(self.chunks, name, offset, length)

    def _elsewhere(self, address: str, stores: Sequence[ChunkStore], error: ChunkError) -> bytes:
        for store in stores:
            try:
                return next(iter(store.chunks([address])))
            except (Absent, Damaged, Unreachable) as other:
                self._noted(store, other)
                error = other if isinstance(other, Unreachable) else error
        raise error

    def _noted(self, store: ChunkStore, error: ChunkError) -> ChunkError:
        if isinstance(error, Unreachable):
            self._away.note(store)
        return error


class ChunkStores(Mapping[str, ChunkStore]):
    """Every store of a cloud, the one that is read first at first; `default` is where bytes go that nobody sends
    elsewhere."""

    def __init__(self, stores: Mapping[str, ChunkStore], default: str = "") -> None:
        self._stores = dict(stores)
        self.away = Away()
        self.default = default or next(iter(self._stores))
        if self.default not in self._stores:
            raise ValueError(f"there is no chunk store {self.default!r}")

    def __getitem__(self, name: str) -> ChunkStore:
        return self._stores[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stores)

    def __len__(self) -> int:
        return len(self._stores)

    def among(self, names: Sequence[str] | None) -> Together:
        """Stores of these names read as one; where none of them is there any more, or none is named, all of them."""
        found = [store for name, store in self._stores.items() if name in (names or ())]
        return Together(found or list(self._stores.values()), self.away)

    def in_turn(self, names: Sequence[str]) -> Together:
        """Stores read as one in just this order, each once; all of them where none of these is there any more."""
        found = [self._stores[name] for name in dict.fromkeys(names) if name in self._stores]
        return Together(found or list(self._stores.values()), self.away)

    def all(self) -> Together:
        """Every store read as one."""
        return Together(list(self._stores.values()), self.away)

    def close(self) -> None:
        for store in self._stores.values():
            store.close()
