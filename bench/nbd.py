"""How fast a promised image is read over NBD: while it comes, when it is there, and against qemu-nbd on a flat file.

Prints JSON lines (metric, value, unit, n). Chunks come from a chunk store on the same disk; random bytes, no holes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[1]))

from pileus.chunks.host.cache import ImageCache
from pileus.chunks.local import LocalChunkStore
from pileus.host.images.asks import Asks
from pileus.host.images.door import on_machine
from pileus.host.images.serving import Serving

MIB = 1 << 20


def say(metric: str, value: float, unit: str) -> None:
    print(json.dumps({"metric": metric, "value": round(value, 1), "unit": unit, "n": 1}), flush=True)


def copied(uri: str, mib: int) -> float:
    """MB a second."""
    began = time.perf_counter()
    subprocess.run(["nbdcopy", "--connections=1", "--requests=16", uri, "null:"], check=True)
    return mib * MIB / 1e6 / (time.perf_counter() - began)


def small_reads(uri: str) -> float:
    """Reads of 4 KiB a second, one after another."""
    reads = "import random, time\nbegan = time.perf_counter()\n"
    reads += "for _ in range(5000): h.pread(4096, random.randrange(h.get_size() // 4096) * 4096)\n"
    reads += "print(5000 / (time.perf_counter() - began))"
    shell = ["/usr/bin/python3", "-m", "nbd", "-u", uri, "-c", reads]
    return float(subprocess.run(shell, check=True, capture_output=True, text=True).stdout)


def processor_time(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(place: Path, mib: int) -> None:
    store = LocalChunkStore(place / "store")
    with store.upload() as upload:
        for _ in range(mib):
            upload.write(os.urandom(MIB))
        name = upload.finish().manifest
    cache = ImageCache(place / "images", 1 << 40)
    serving = Serving(place / "images", place / "lazy")
    serving.place.mkdir()
    asks = Asks(on_machine(serving.asks), lambda name, numbers: cache.bring(name, numbers, store) and None)
    asks.open()
    cache.promise(name, store, "bench")
    serving.ensure()
    server = int(serving.record.read_text())
    uri = f"nbd+unix:///{name}?socket={serving.socket}"
    try:
        say("nbd.coming", copied(uri, mib), "MB/s")
        before = processor_time(server)
        say("nbd.there", copied(uri, mib), "MB/s")
        say("nbd.there.cpu", (processor_time(server) - before) * 1000 / (mib / 1024), "ms/GiB")
        say("nbd.there.small", small_reads(uri), "reads/s")
    finally:
        os.kill(server, 15)
        asks.close()
    flat, plain = cache.fetch(name, store, "bench"), place / "plain.sock"
    theirs = subprocess.Popen(["qemu-nbd", "-r", "-t", "-f", "raw", "-x", "a", "-k", str(plain), str(flat)])
    while not plain.exists():
        time.sleep(0.02)
    try:
        say("nbd.qemu_nbd", copied(f"nbd+unix:///a?socket={plain}", mib), "MB/s")
        say("nbd.qemu_nbd.small", small_reads(f"nbd+unix:///a?socket={plain}"), "reads/s")
    finally:
        theirs.terminate()
        theirs.wait()
    say("load", os.getloadavg()[0], "processes")


@click.command()
@click.option("--mib", default=512, help="The size of the image.")
def main(mib: int) -> None:
    with tempfile.TemporaryDirectory(prefix="pileus-nbd-") as place:
        run(Path(place), mib)


if __name__ == "__main__":
    main()
