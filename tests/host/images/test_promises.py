"""What a host promises its guests, how what is promised comes, and what the cloud hears of it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pileus.chunks.host.cache import ImageCache
from pileus.compute.host.hypervisor import HypervisorFailed
from pileus.compute.host.spec import ImageRef
from pileus.host.images import promises
from pileus.host.images.cloud import Known
from pileus.host.images.promises import LazySettings, PromisedImages, sockets_in
from pileus.kernel.clock import HeldClock
from tests.chunks.contents import MIB, noise
from tests.host.images.origin import Origin

CONTENT = noise(4 * MIB)


class Host:
    """A host's images, and the ways to read what was promised."""

    def __init__(self, place: Path, clock: HeldClock) -> None:
        self.place, self.clock, self.origin = place, clock, Origin()
        self.name = self.origin.put(CONTENT)
        self.begin()

    def begin(self, **settings: bool) -> None:
        """As an agent does that has just been started."""
        self.cache = ImageCache(self.place / "images", 64 * MIB)
        self.serving = sockets_in(self.place, self.cache.folder, "")
        lazily = LazySettings(least_bytes=MIB, **settings)
        self.images = PromisedImages(self.cache, self.origin, self.clock, self.serving, lazily)

    def end(self) -> None:
        """As if the agent had been killed."""
        self.images.close()
        self.cache.close()

    def image(self, **changes: object) -> ImageRef:
        given = {"id": "i", "format": "raw", "size": len(CONTENT), "manifest": self.name, **changes}
        return ImageRef(**given)  # type: ignore[arg-type]

    def server(self) -> int:
        return int(self.serving.record.read_text())

    def copy(self) -> bytes:
        """All of the image, through the server."""
        out = self.place / "copy"
        uri = f"nbd+unix:///{self.name}?socket={self.serving.socket}"
        subprocess.run(["nbdcopy", uri, str(out)], check=True, timeout=60)
        return out.read_bytes()


@pytest.fixture
def host(tmp_path: Path, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setattr(promises, "AFTER_READY", 0.0)
    made = Host(tmp_path, clock)
    yield made
    made.end()
    if made.serving.runs():
        os.kill(made.server(), signal.SIGKILL)


def until(happens: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_is_promised_is_served_at_once_and_comes_as_it_is_read(host: Host) -> None:
    promise = host.images.promise(host.image(), "vm")
    assert promise is not None
    assert Path(promise.file).stat().st_size == len(CONTENT)
    assert len(host.origin.given) == 3
    assert host.copy() == CONTENT
    assert host.cache.pins() == {host.name: {"vm"}}
    assert len(host.origin.given) == len(set(host.origin.given))


@pytest.mark.parametrize("changes", [{"size": MIB - 1}, {"lazy": False}, {"format": "aki"}])
def test_some_images_are_better_fetched_whole(host: Host, changes: dict[str, object]) -> None:
    assert host.images.promise(host.image(**changes), "vm") is None
    assert host.cache.pins() == {}


def test_what_is_here_or_switched_off_is_not_promised(host: Host) -> None:
    host.end()
    host.begin(is_on=False)
    assert host.images.promise(host.image(), "vm") is None
    host.end()
    host.begin()
    host.images.path_of(host.image())
    assert host.images.promise(host.image(), "vm") is None


def test_an_image_that_cannot_be_promised_is_told_in_a_sentence(host: Host) -> None:
    host.origin.is_there.clear()
    with pytest.raises(HypervisorFailed) as told:
        host.images.promise(host.image(), "vm")
    assert told.value.said == "The host could not fetch the image."
    assert host.cache.pins() == {}


def test_the_rest_comes_once_the_guest_is_up_and_is_tried_again(host: Host, clock: HeldClock) -> None:
    host.images.promise(host.image(), "vm")
    assert not host.images.is_whole(host.image(), is_up=False)
    assert len(host.origin.given) == 3
    host.origin.is_there.clear()
    assert not host.images.is_whole(host.image(), is_up=True)
    until(lambda: not host.images._filling)
    host.origin.is_there.set()
    assert not host.images.is_whole(host.image(), is_up=True)
    assert not host.images._filling
    clock.forward(promises.AGAIN)
    assert not host.images.is_whole(host.image(), is_up=True)
    until(lambda: host.images.is_whole(host.image(), is_up=True))
    assert host.cache.pins() == {host.name: {"vm"}}


def test_the_first_boot_is_told_to_the_cloud_and_the_next_is_brought_ahead(host: Host, tmp_path: Path) -> None:
    host.images.promise(host.image(), "vm")
    uri = f"nbd+unix:///{host.name}?socket={host.serving.socket}"
    for offset in (3 * MIB, MIB):
        shell = ["/usr/bin/python3", "-m", "nbd", "-u", uri, "-c", f"h.pread(512, {offset})"]
        subprocess.run(shell, check=True, timeout=30)
    noted = host.cache.folder / f"{host.name}.touched"
    until(lambda: noted.exists() and noted.read_text().count(",") == 1)
    host.images.is_whole(host.image(), is_up=True)
    until(lambda: host.name in host.origin.firsts)
    first = host.origin.firsts[host.name]
    assert len(first) == 2
    assert first[0] > first[1]
    (tmp_path / "next").mkdir()
    other = Host(tmp_path / "next", host.clock)
    other.origin.known[other.name] = Known(first=first)
    other.images.promise(other.image(), "vm")
    until(lambda: len(other.origin.given) == 3 + 2)
    other.end()
    os.kill(other.server(), signal.SIGKILL)


def test_an_agent_that_begins_again_goes_on_where_it_was(host: Host) -> None:
    host.images.promise(host.image(), "vm")
    server = host.server()
    host.end()
    host.begin()
    host.images.serve()
    assert host.server() == server
    assert host.copy() == CONTENT


def test_holders_that_are_gone_are_forgotten(host: Host) -> None:
    for guest in ("a", "b"):
        host.images.promise(host.image(), guest)
    host.images.keep_only({"b"})
    assert host.cache.pins() == {host.name: {"b"}}
    host.images.release("b")
    host.images.release("b")
    assert host.cache.pins() == {}
