"""Disks held still, and a cloud to bring them to, as tests of shipping want them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pileus.chunks.fake import FakeChunkStore
from pileus.chunks.intake.records import Older, Unpacking
from pileus.chunks.recutting import Change
from pileus.compute.host.spec import Disk, ImageRef, Snapshot
from tests.compute.host.specs import uuid_of

MIB = 1 << 20


@dataclass
class Held:
    """A disk in memory."""

    content: bytes
    changes: Sequence[Change] = ()
    closed: int = 0

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    def read(self, position: int, length: int) -> bytes:
        """So many of them."""
        return self.content[position : position + length]

    def close(self) -> None:
        """Counts."""
        self.closed += 1


@dataclass
class Cloud:
    """A chunk store that takes parcels, and counts what comes."""

    store: FakeChunkStore = field(default_factory=FakeChunkStore)
    older: str = ""
    came: str = ""
    travelled: int = 0

    def chunks(self, addresses: Sequence[str]) -> Iterator[bytes]:
        """As the store has them."""
        return self.store.chunks(addresses)

    def missing(self, addresses: Sequence[str]) -> set[str]:
        """Those the store has not."""
        return {address for address in addresses if address not in self.store.kept}

    def deliver(self, kind: str, id: str, parcel: Iterable[bytes]) -> None:
        """Unpack it."""
        older = Older(lambda offset: self.store.entries(self.older, offset), self.store.chunks)
        with self.store.parcel() as into:
            unpacking = Unpacking(into, older if self.older else None, most=1 << 40)
            for part in parcel:
                self.travelled += len(part)
                unpacking.feed(part)
            self.came = unpacking.finish()


def order(manifest: str = "", size: int = 0, form: str = "raw") -> Snapshot:
    """An order for a disk on an image."""
    image = ImageRef("image", form, size, manifest) if manifest else None  # type: ignore[arg-type]
    return Snapshot(uuid_of(9), uuid_of(1), Disk("root", 64, image=image))
