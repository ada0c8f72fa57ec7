"""What a snapshot costs after a hundredth of a disk has changed: bytes read, sent and stored, and CPU on both sides.

    python bench/snapshots.py [MIB]

The disk is in memory and the chunk store in a temporary folder; the host's side and the cloud's are run in one process,
without HTTP between them.  Changes are runs of 64 KiB clusters, as files that were written leave them.  For comparison,
the same disk is taken whole.  Prints JSON lines: metric, value, unit, n.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pileus.chunks import ChunkStore, Older, Unpacking
from pileus.chunks.local import LocalChunkStore
from pileus.chunks.recutting import Change
from pileus.compute.host.spec import Disk, ImageRef, SeenSnapshot, Snapshot
from pileus.host.shipping import Pace, ship

MIB, CLUSTER, RUN = 1 << 20, 64 << 10, 8
Measured = tuple[str, float, str]


class Held:
    """A disk in memory, and where it has changed."""

    def __init__(self, content: bytearray, changes: Sequence[Change]) -> None:
        self.content, self.changes, self.size = memoryview(content), changes, len(content)

    def read(self, position: int, length: int) -> bytes:
        """So many bytes."""
        return bytes(self.content[position : position + length])

    def close(self) -> None:
        """Nothing was opened."""


class Near:
    """A chunk store as a host's way to the cloud."""

    def __init__(self, store: ChunkStore, older: str) -> None:
        self._store, self._older = store, Older(lambda offset: store.entries(older, offset), store.chunks)
        self.came = ""

    def chunks(self, addresses: Sequence[str]) -> Iterator[bytes]:
        """As they are kept."""
        return self._store.chunks(addresses)

    def missing(self, addresses: Sequence[str]) -> set[str]:
        """Those that are not."""
        with self._store.parcel() as parcel:
            return set(addresses) - parcel.known(addresses)

    def deliver(self, kind: str, id: str, parcel: Iterable[bytes]) -> None:
        """Take it in."""
        with self._store.parcel() as into:
            unpacking = Unpacking(into, self._older, most=1 << 40)
            for part in parcel:
                unpacking.feed(part)
            self.came = unpacking.finish()


def measured(place: Path, mib: int) -> Iterator[Measured]:
    """Metric, value, unit."""
    draw = random.Random(1)
    disk = bytearray().join(draw.randbytes(MIB) for _ in range(mib))
    store = LocalChunkStore(place / "chunks")
    with store.upload() as upload:
        upload.write(bytes(disk))
        base = upload.finish().manifest
    changes = changed(disk, draw)
    yield "changed", sum(change.end - change.start for change in changes) / MIB, "MiB"
    image = ImageRef("image", "raw", len(disk), base)
    for name, where in (("1 % changed", changes), ("the same again", changes), ("all read", [Change(0, len(disk))])):
        yield from taken(store, Held(disk, where), image, name)
    store.close()


def changed(disk: bytearray, draw: random.Random) -> list[Change]:
    """A hundredth of the disk written anew, in runs of clusters."""
    runs = len(disk) // (CLUSTER * RUN)
    starts = sorted(draw.sample(range(runs), max(1, runs // 100)))
    found = [Change(start * CLUSTER * RUN, (start + 1) * CLUSTER * RUN) for start in starts]
    for start, end, _ in found:
        disk[start:end] = draw.randbytes(end - start)
    return found


def taken(store: ChunkStore, held: Held, image: ImageRef, name: str) -> Iterator[Measured]:
    """One snapshot and what it cost."""
    told: list[SeenSnapshot] = []
    order = Snapshot("s", "g", Disk("root", held.size // MIB, image=image))
    before, began, cpu = store.stats(), time.perf_counter(), time.process_time()
    ship(order, held, Near(store, image.manifest), Pace(held, 1 << 40, threading.Event()), told.append)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - began
    yield f"{name}, read", told[-1].read_bytes / MIB, "MiB"
    yield f"{name}, sent", told[-1].sent_bytes / MIB, "MiB"
    yield f"{name}, stored", (store.stats().data_bytes - before.data_bytes) / MIB, "MiB"
    yield f"{name}, both sides", cpu * 1000, "ms cpu"
    yield f"{name}, time", wall * 1000, "ms"


def main() -> None:
    """Measure and print."""
    mib = int(sys.argv[1]) if len(sys.argv) > 1 else 512
    with TemporaryDirectory() as place:
        for metric, value, unit in measured(Path(place), mib):
            line = {"metric": f"snapshot of {mib} MiB, {metric}", "value": round(value, 2), "unit": unit, "n": 1}
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
