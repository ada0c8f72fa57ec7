"""How fast objects go in and out of the chunk store, and what they cost on disk.

Prints JSON lines (metric, value, unit, n); n is the number of runs of which the value is the median. Contents are
random bytes, the dearest case: nothing is a hole and nothing repeats.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import click
from blake3 import blake3

from pileus.chunks.cutting import Cutter
from pileus.chunks.host.cache import ImageCache
from pileus.chunks.intake.upload import Stored
from pileus.chunks.local import LocalChunkStore

MIB = 1 << 20


def say(metric: str, values: list[float], unit: str) -> None:
    print(json.dumps({"metric": metric, "value": round(median(values), 3), "unit": unit, "n": len(values)}), flush=True)


def cpu(act: Callable[[], object]) -> float:
    """Seconds of CPU of all threads."""
    begin = time.process_time()
    act()
    return time.process_time() - begin


def wall(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def cut_and_hash(batches: list[bytes]) -> None:
    cutter = Cutter()
    for batch in batches:
        for _, data in cutter.feed(batch):
            blake3(data or b"").digest()


def hash_whole(batches: list[bytes]) -> None:
    md5, sha512 = hashlib.md5(usedforsecurity=False), hashlib.sha512()
    for batch in batches:
        md5.update(batch)
        sha512.update(batch)


def upload(store: LocalChunkStore, batches: list[bytes]) -> Stored:
    with store.upload() as upload:
        for batch in batches:
            upload.write(batch)
        return upload.finish()


def read(store: LocalChunkStore, name: str, verify: bool) -> None:
    for _ in store.read(name, verify=verify):
        pass


def on_disk(path: Path) -> int:
    return sum(file.stat().st_blocks * 512 for file in path.rglob("*") if file.is_file())


def run(folder: Path, batches: list[bytes], runs: int) -> None:
    size = sum(map(len, batches)) / 1e6
    cutting = [cpu(lambda: cut_and_hash(batches)) for _ in range(runs)]
    say("cutting and blake3", [size / seconds for seconds in cutting], "MB/s of CPU")
    walls, shares = [], []
    for number in range(runs):
        store = LocalChunkStore(folder / f"store{number}")
        alone = cpu(lambda: cut_and_hash(batches)) + cpu(lambda: hash_whole(batches))
        begin = time.process_time()
        walls.append(wall(lambda store=store: upload(store, batches)))  # type: ignore[misc]
        shares.append((time.process_time() - begin) / alone)
        store.close()
    say("upload", [size / seconds for seconds in walls], "MB/s")
    say("upload, CPU against hashing and cutting alone", shares, "times")
    again(folder, batches, runs)


def again(folder: Path, batches: list[bytes], runs: int) -> None:
    """What is done with an object that the store has."""
    size = sum(map(len, batches)) / 1e6
    store = LocalChunkStore(folder / "store0")
    say("upload of a known object", [size / wall(lambda: upload(store, batches)) for _ in range(runs)], "MB/s")
    say("same object 3 times, on disk", [on_disk(folder / "store0") / 1e6 / size], "times its size")
    name = upload(store, batches).manifest
    for verify in (True, False):
        metric = "download" if verify else "download, chunks not verified"
        say(metric, [size / wall(partial(read, store, name, verify)) for _ in range(runs)], "MB/s")
    parts = [wall(lambda at=at: b"".join(store.read(name, at * 4093, 4096))) for at in range(200)]  # type: ignore[misc]
    say("read of 4 KiB anywhere", [seconds * 1e3 for seconds in parts], "ms")
    cached(folder, store, name, size)
    say("collection with all live", [wall(lambda: store.gc(lambda: [name])) * 1e3 for _ in range(runs)], "ms")
    store.close()


def cached(folder: Path, store: LocalChunkStore, name: str, size: float) -> None:
    """A host's first and second boot of an image, with the store next door."""
    cache = ImageCache(folder / "cache", 1 << 40)
    say("image cache, first fetch", [size / wall(lambda: cache.fetch(name, store, "first"))], "MB/s")
    second = [wall(lambda: cache.fetch(name, store, "second")) * 1e3 for _ in range(50)]
    say("image cache, fetch of what is there", second, "ms")
    cache.close()


@click.command(help=__doc__)
@click.option("--mib", default=1024, help="Size of the object.")
@click.option("--runs", default=3)
@click.option("--folder", type=click.Path(path_type=Path), help="A disk to measure; the system's temporary one if not.")
def main(mib: int, runs: int, folder: Path | None) -> None:
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        run(place, [os.urandom(MIB) for _ in range(mib)], runs)
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
