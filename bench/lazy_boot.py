"""How soon a guest is up whose image of 1 GiB is not on its host, and how much of the image came until then.

Prints JSON lines (metric, value, unit, n). As root: the guest is a real one, in a host of its own, under TCG. Its disk
has some 8,000 files; once its system is up it reads every 25th of them, as services do, and says so: then it is up.
`cached` has the image on the host, `whole` fetches it first, `lazy` begins at once, `list` knows what will be read.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import click
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[1]))

from pileus.chunks.host.cache import ImageCache
from pileus.compute.host.spec import Guest
from tests.hosts.lazily import LazyHost, disk, until

SIZE_MIB, EVERY = 1024, 25
UP = "all services are up"
READS = f"#!/bin/sh\ncat /srv/*/s* > /dev/null\necho {UP[:5]}''{UP[5:]} > /dev/console\n"


def say(metric: str, value: float, unit: str) -> None:
    print(json.dumps({"metric": metric, "value": round(value, 2), "unit": unit, "n": 1}), flush=True)


def root_disk(place: Path) -> Path:
    """900 MiB of files of all sizes; those that are read at boot begin with an s, and lie between the others."""
    draw, left, number = Random(1), 900 << 20, 0
    while left > 0:
        folder = place / "tree" / "written" / "srv" / str(number % 50)
        folder.mkdir(parents=True, exist_ok=True)
        size = int(draw.paretovariate(1.1) * 20_000) % 2_000_000
        (folder / f"{'f' if number % EVERY else 's'}{number}").write_bytes(draw.randbytes(size))
        left, number = left - size, number + 1
    return disk(place / "root.raw", place / "tree", SIZE_MIB)


def boot(host: LazyHost, guest: Guest, name: str) -> tuple[float, float]:
    """Seconds until the guest is up, and MiB that came until then; it is gone again afterwards."""
    host.begin()
    time.sleep(3)
    began = time.time()
    host.want(guest)
    until(lambda: UP in host.said(), 580)
    now = time.time()
    seconds, came = now - began, host.sent(began, now) / (1 << 20)
    say(f"lazy_boot.{name}.up", seconds, "s")
    say(f"lazy_boot.{name}.came", came, "MiB")
    say(f"lazy_boot.{name}.share", 100 * came / SIZE_MIB, "%")
    host.want()
    until(lambda: host.seen() is None, 60)
    host.kill()
    return seconds, came


def forget(host: LazyHost, guest: Guest) -> None:
    """The host has no image of the disk, and nobody who serves it."""
    if (host.place / "host" / "lazy" / "nbd.pid").exists() and Path(f"/proc/{host.server()}").exists():
        os.kill(host.server(), signal.SIGKILL)
        time.sleep(0.5)
    cache = ImageCache(host.place / "host" / "images", 8 << 30)
    for each in guest.disks:
        if each.image:
            for holder in cache.pins().get(each.image.manifest, set()):
                cache.unpin(each.image.manifest, holder)
            cache.forget(each.image.manifest)
    cache.close()


def run(place: Path) -> None:
    host = LazyHost(place / "lazy")
    try:
        (host.place / "word").write_text(UP)
        image = host.image(root_disk(place), "raw")
        user_data = base64.b64encode(READS.encode()).decode()
        guest = host.guest(image, user_data=user_data)
        whole = replace(guest, disks=(replace(guest.disks[0], image=replace(image, lazy=False)),))
        boot(host, whole, "whole")
        cached, _ = boot(host, whole, "cached")
        forget(host, guest)
        for late in (0.0, 0.02):
            (host.place / "late").write_text(str(late))
            name = "lazy_20ms" if late else "lazy"
            for path in host.place.glob("first-*"):
                path.unlink()
            seconds, _ = boot(host, guest, name)
            say(f"lazy_boot.{name}.against_cached", seconds / cached, "x")
            touched = (host.place / "host" / "images" / f"{image.manifest}.touched").read_text()
            (host.place / f"first-{image.manifest}").write_text(f"[{touched}]")
            forget(host, guest)
            seconds, _ = boot(host, guest, f"{name}_list")
            say(f"lazy_boot.{name}_list.against_cached", seconds / cached, "x")
            forget(host, guest)
    finally:
        host.end()
    say("load", os.getloadavg()[0], "processes")


@click.command()
@click.option("--where", default="/tmp", help="A folder on a disk with 6 GiB of room.")
def main(where: str) -> None:
    place = Path(tempfile.mkdtemp(prefix="pileus-lazy-", dir=where))
    try:
        run(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
