"""The chunk stores of one cloud by their names, and any of them read as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pileus.chunks import manifest, reading
from pileus.chunks.errors import Absent, Damaged
from pileus.chunks.manifest import Entry
from pileus.chunks.store import ChunkStore, Source


class Together:
    """Several stores read as one: what the first has not, or has damaged, comes from the next that has it."""

    def __init__(self, stores: Sequence[ChunkStore]) -> None:
        self._stores = stores

    def chunks(self, addresses: Sequence[str]) -> Iterator[bytes]:
        """The chunks, in the order asked. Raises Absent, Damaged as the first store would."""
        if len(self._stores) == 1:
            yield from self._stores[0].chunks(addresses)
            return
        given = 0
        while given < len(addresses):
            try:
                for data in self._stores[0].chunks(addresses[given:]):
                    yield data
                    given += 1
            except (Absent, Damaged) as error:
                yield self._elsewhere(addresses[given], error)
                given += 1

    def entries(self, name: str, offset: int = 0) -> Iterator[tuple[int, Entry]]:
        """As a store's `entries`."""
        return manifest.entries(self.chunks, name, offset)

    def read(self, name: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """As a store's `read`."""
        return reading.read(self.chunks, name, offset, length)

    def _elsewhere(self, address: str, error: Absent | Damaged) -> bytes:
        for store in self._stores[1:]:
            try:
                return next(iter(store.chunks([address])))
            except (Absent, Damaged):
                continue
        raise error


class ChunkStores(Mapping[str, ChunkStore]):
    """Every store of a cloud, the one that is read first at first; `default` is where bytes go that nobody sends
    elsewhere."""

    def __init__(self, stores: Mapping[str, ChunkStore], default: str = "") -> None:
        self._stores = dict(stores)
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
        return Together(found or list(self._stores.values()))

    def in_turn(self, names: Sequence[str]) -> Together:
        """Stores read as one in just this order, each once; all of them where none of these is there any more."""
        found = [self._stores[name] for name in dict.fromkeys(names) if name in self._stores]
        return Together(found or list(self._stores.values()))

    def all(self) -> Source:
        """Every store read as one."""
        return Together(list(self._stores.values()))

    def close(self) -> None:
        for store in self._stores.values():
            store.close()
