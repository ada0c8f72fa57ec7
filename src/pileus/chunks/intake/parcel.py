"""Take in an object that comes as chunks: some sent along, some that are there already, listed in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from blake3 import blake3

from pileus.chunks.errors import Absent
from pileus.chunks.intake.keeper import Intake
from pileus.chunks.manifest import Entry


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
