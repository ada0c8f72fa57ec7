"""How fast image bytes go in and out over HTTP, what that costs the server, and whom it keeps waiting.

Prints JSON lines (metric, value, unit, n). Contents are random bytes, the dearest case for the chunk store; the server
is a process of its own on loopback, and its CPU is set against hashing and cutting the same bytes in the same run.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
import multiprocessing
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import click
import structlog
import uvicorn
from blake3 import blake3

from pileus import app, identity
from pileus.chunks.cutting import Cutter
from pileus.identity import IdentitySettings
from pileus.settings import ApiSettings, Settings

MIB = 1 << 20
IMAGES = "/image/v2/images"
PAUSE = 0.005
"""Seconds between two questions to a cloud that is looked at, so that looking is not what keeps it busy."""


def say(metric: str, value: float, unit: str, n: int) -> None:
    print(json.dumps({"metric": metric, "value": round(value, 3), "unit": unit, "n": n}), flush=True)


# ── the server ───────────────────────────────────────────────────────────────────────────────────────────


def serve(place: Path, listener: socket.socket, url: str) -> None:
    """A cloud of its own, until it is told to end."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    settings = Settings(api=ApiSettings(public_url=url), identity=IdentitySettings(hash_memory=64, hash_passes=1))
    cloud = app.build(settings, place, "ticket")
    cloud.store.sketch()
    cloud.store.write(identity.seed, app.seed_of(settings, "secret"))
    cloud.start()
    config = uvicorn.Config(
        cloud.front,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
    )
    uvicorn.Server(config).run([listener])
    cloud.stop()


@contextmanager
def server(place: Path) -> Iterator[tuple[int, int]]:
    """A server's port and process number."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    process = multiprocessing.get_context("fork").Process(
        target=serve, args=(place, listener, f"http://127.0.0.1:{port}")
    )
    process.start()
    listener.close()
    try:
        yield port, process.pid or 0
    finally:
        process.terminate()
        process.join()


def cpu_of(process: int) -> float:
    """Seconds of CPU of a process, all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_of(process: int) -> float:
    """The most memory a process has had, in MiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


# ── a client ─────────────────────────────────────────────────────────────────────────────────────────────


class Client:
    """Somebody who makes images, sends and fetches their bytes."""

    def __init__(self, port: int) -> None:
        self.port = port
        user = {"name": "admin", "domain": {"id": "default"}, "password": "secret"}
        scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
        asked = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
        self.headers = {"content-type": "application/json"}
        answer, _ = self.ask("POST", "/identity/v3/auth/tokens", asked)
        self.headers["x-auth-token"] = answer.headers["x-subject-token"]

    def ask(self, method: str, path: str, body: object) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, json.dumps(body), self.headers)
        answer = connection.getresponse()
        return answer, answer.read()

    def image(self) -> str:
        asked = {"name": "bench", "disk_format": "raw", "container_format": "bare"}
        return str(json.loads(self.ask("POST", IMAGES, asked)[1])["id"])

    def upload(self, image: str, path: Path) -> None:
        head = {
            "host": "127.0.0.1",
            "content-type": "application/octet-stream",
            "content-length": str(path.stat().st_size),
            "x-auth-token": self.headers["x-auth-token"],
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        with socket.create_connection(("127.0.0.1", self.port)) as connection, path.open("rb") as file:
            connection.sendall(f"PUT {IMAGES}/{image}/file HTTP/1.1\r\n{lines}\r\n".encode())
            connection.sendfile(file)
            assert b" 204 " in connection.recv(4096)

    def download(self, image: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", f"{IMAGES}/{image}/file", headers=self.headers)
        answer, buffer, size = connection.getresponse(), bytearray(MIB), 0
        while read := answer.readinto(buffer):
            size += read
        return size


def waits(port: int, until: Callable[[], bool]) -> list[float]:
    """Milliseconds that the identity service's version document takes, again and again."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    found = []
    while not until():
        begin = time.perf_counter()
        connection.request("GET", "/identity/v3")
        connection.getresponse().read()
        found.append((time.perf_counter() - begin) * 1e3)
        time.sleep(PAUSE)
    return found


def wall(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def hash_and_cut(path: Path) -> float:
    """Seconds of CPU that the digests and the cutting alone take."""
    begin = time.process_time()
    md5, sha512, cutter = hashlib.md5(usedforsecurity=False), hashlib.sha512(), Cutter()
    with path.open("rb") as file:
        while batch := file.read(MIB):
            md5.update(batch)
            sha512.update(batch)
            for _, data in cutter.feed(batch):
                blake3(data or b"").digest()
    return time.process_time() - begin


# ── what is measured ─────────────────────────────────────────────────────────────────────────────────────


def run(place: Path, mib: int, runs: int) -> None:
    contents = place / "contents"
    uploads, shares, downloads = [], [], []
    with server(place) as (port, process):
        client = Client(port)
        client.ask("GET", IMAGES, None)
        before = peak_of(process)
        for _ in range(runs):
            fill(contents, mib)
            image, alone, begin = client.image(), hash_and_cut(contents), cpu_of(process)
            uploads.append(wall(lambda image=image: client.upload(image, contents)))  # type: ignore[misc]
            shares.append((cpu_of(process) - begin) / alone)
            client.download(image)
            downloads.append(wall(lambda image=image: client.download(image)))  # type: ignore[misc]
        size = mib * MIB / 1e6
        say("image upload", median(size / seconds for seconds in uploads), "MB/s", runs)
        say("image upload, server's CPU against hashing and cutting alone", median(shares), "times", runs)
        say("image download, warm", median(size / seconds for seconds in downloads), "MB/s", runs)
        say("memory taken by uploads and downloads", peak_of(process) - before, "MiB", runs)
        look(client, contents)


def fill(path: Path, mib: int) -> None:
    """Random bytes that nobody has seen."""
    with path.open("wb") as file:
        for _ in range(mib):
            file.write(os.urandom(MIB))


def look(client: Client, contents: Path) -> None:
    """How long others wait, with nothing else to do and while an image is sent."""
    deadline = time.monotonic() + 3
    idle = waits(client.port, lambda: time.monotonic() > deadline)
    sending = threading.Thread(target=client.upload, args=(client.image(), contents))
    sending.start()
    busy = waits(client.port, lambda: not sending.is_alive())
    for name, found in (("idle", idle), ("during an upload of known contents", busy)):
        say(f"GET /identity/v3, p99, {name}", quantiles(found, n=100)[98], "ms", len(found))
    fill(contents, contents.stat().st_size // MIB)
    sending = threading.Thread(target=client.upload, args=(client.image(), contents))
    sending.start()
    busy = waits(client.port, lambda: not sending.is_alive())
    say("GET /identity/v3, p99, during an upload", quantiles(busy, n=100)[98], "ms", len(busy))


@click.command(help=__doc__)
@click.option("--mib", default=1024, help="Size of the image.")
@click.option("--runs", default=3)
@click.option("--folder", type=click.Path(path_type=Path), help="A disk to measure; the system's temporary one if not.")
def main(mib: int, runs: int, folder: Path | None) -> None:
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        run(place, mib, runs)
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
