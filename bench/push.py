"""What a push and a pull cost: in time, in bytes that travel, and in room on the server's disk.

Prints JSON lines (metric, value, unit, n). The server is a process of its own on loopback, the client is the one that
`openstack image push` runs. Sibling images are two builds of a file system, one update apart: the same files but for a
twentieth, which are new, put together anew by mke2fs from the same seed in every run.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import click
from image import IMAGES, MIB, Client, cpu_of, fill, say, server

from pileus.client.api import BYTES, Images, Reply
from pileus.client.pulling import Pull
from pileus.client.pushing import Push, Pushed

FILES = 3000
CHANGED = 0.05
UUID = "6a1e38f1-0000-4000-8000-000000000001"


class HttpCarrier:
    """Carries each request by a connection of its own."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self._client.port)
        is_raw = isinstance(body, bytes)
        content = body if is_raw or body is None else json.dumps(body).encode()
        headers = {**self._client.headers, **({"content-type": BYTES} if is_raw else {})}
        connection.request(method, IMAGES.removesuffix("/images") + path, content, headers)
        answer = connection.getresponse()
        read = answer.read()
        connection.close()
        is_json = "json" in (answer.headers["content-type"] or "")
        return Reply(answer.status, read, json.loads(read) if is_json and read else None)


def quiet(what: str, amount: int) -> None:
    """Nobody looks on."""


class Bench:
    """A cloud, and somebody who pushes to it and pulls from it."""

    def __init__(self, place: Path, client: Client, process: int) -> None:
        self.place = place
        self.process = process
        self.client = client
        self.carrier = HttpCarrier(client)

    def push(self, path: Path) -> tuple[str, Pushed, float]:
        """A new image's identifier, what travelled, and the seconds it took."""
        image = self.client.image()
        begin = time.perf_counter()
        pushed = Push(Images(self.carrier, image), path, quiet).run()
        return image, pushed, time.perf_counter() - begin

    def pull(self, image: str, path: Path, *near: Path) -> tuple[int, float]:
        """Bytes that travelled, and seconds."""
        begin = time.perf_counter()
        pulled = Pull(Images(self.carrier, image), path, near, quiet).run()
        return pulled.fetched, time.perf_counter() - begin

    def cpu(self) -> float:
        """Seconds of CPU of both sides so far."""
        return cpu_of(self.process) + time.process_time()

    def room(self) -> int:
        """Bytes of packs on the server's disk."""
        return sum(path.stat().st_blocks * 512 for path in (self.place / "chunks" / "packs").iterdir())


def run(place: Path, mib: int, runs: int) -> None:
    (place / "cloud").mkdir()
    with server(place / "cloud") as (port, process):
        bench = Bench(place / "cloud", Client(port), process)
        versions(bench, place, mib, runs)
        siblings(bench, place)


def versions(bench: Bench, place: Path, mib: int, runs: int) -> None:
    """Random bytes, and the same with a hundredth changed, in one place or in ten."""
    first, size = place / "first", mib * MIB / 1e6
    fill(first, mib)
    image, pushed, seconds = bench.push(first)
    say("push of a new image", size / seconds, "MB/s", 1)
    say("push of a new image, bytes sent", pushed.sent / first.stat().st_size, "times its size", 1)
    before = bench.cpu()
    again = [bench.push(first)[2] for _ in range(runs)]
    say("push of a known image", size / median(again), "MB/s", runs)
    say("push of a known image, by the CPU of both sides", runs * size / (bench.cpu() - before), "MB/s of CPU", runs)
    say("same image 3 times, on disk", bench.room() / first.stat().st_size, "times its size", 1)
    say("pull of an image", size / bench.pull(image, place / "pulled")[1], "MB/s", 1)
    for places in (1, 10):
        second = place / f"second-{places}"
        changed, name = change(first, second, places), f"of a version with 1 % changed in {places} places"
        later, pushed, seconds = bench.push(second)
        say(f"push {name}", size / seconds, "MB/s", 1)
        say(f"push {name}, bytes sent", pushed.sent / changed, "times the changed bytes", 1)
        fetched, seconds = bench.pull(later, place / "pulled", first)
        say(f"pull {name}", size / seconds, "MB/s", 1)
        say(f"pull {name}, bytes fetched", fetched / changed, "times the changed bytes", 1)


def change(old: Path, new: Path, places: int) -> int:
    """The same file with a hundredth of it new, in so many places; bytes that are."""
    shutil.copy(old, new)
    size = old.stat().st_size
    with new.open("r+b") as file:
        for part in range(places):
            file.seek(part * size // places)
            file.write(os.urandom(size // 100 // places))
    return size // 100


def siblings(bench: Bench, place: Path) -> None:
    """Two builds of a file system, one update apart."""
    builds = [build(place, update) for update in (False, True)]
    changed = sum(size for update, size in changed_files(place / "files-1") if update)
    for name, path in zip(("first build", "next build"), builds, strict=True):
        before = bench.room()
        _, pushed, _ = bench.push(path)
        say(f"sibling images, {name}, bytes sent", pushed.sent / MIB, "MiB", 1)
        say(f"sibling images, {name}, room taken", (bench.room() - before) / MIB, "MiB", 1)
    say("sibling images, files that are new", changed / MIB, "MiB", 1)


def build(place: Path, update: bool) -> Path:
    """A file system of many files; an update gives some of them other contents and lengths."""
    folder, image = place / f"files-{int(update)}", place / f"build-{int(update)}.raw"
    for number in range(FILES):
        draw = random.Random(f"{number}-{update and number % int(1 / CHANGED) == 0}")
        size = int(draw.lognormvariate(10, 1.3))
        words = [draw.randbytes(5).hex() for _ in range(200)]
        is_text = number % 2
        path = folder / f"{number % 40}" / str(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(" ".join(draw.choices(words, k=size // 11)).encode() if is_text else draw.randbytes(size))
        os.utime(path, (0, 0))
    options = ["-q", "-t", "ext4", "-U", UUID, "-E", f"hash_seed={UUID}", "-d", str(folder), str(image), "512M"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "0", "PATH": "/usr/sbin:/usr/bin"}
    subprocess.run(["mke2fs", *options], check=True, env=environment)
    return image


def changed_files(folder: Path) -> list[tuple[bool, int]]:
    """Whether each file is one of an update, and its size."""
    every = int(1 / CHANGED)
    return [(int(path.name) % every == 0, path.stat().st_size) for path in folder.glob("*/*")]


def with_place(act: Callable[[Path], None], folder: Path | None) -> None:
    """In a folder that is removed afterwards."""
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        act(place)
    finally:
        shutil.rmtree(place)


@click.command(help=__doc__)
@click.option("--mib", default=1024, help="Size of the image of random bytes.")
@click.option("--runs", default=3)
@click.option("--folder", type=click.Path(path_type=Path), help="A disk to measure; the system's temporary one if not.")
def main(mib: int, runs: int, folder: Path | None) -> None:
    with_place(lambda place: run(place, mib, runs), folder)


if __name__ == "__main__":
    main()
