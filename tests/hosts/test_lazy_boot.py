"""A real guest that begins before its image is here: it boots, waits where it must, and in the end needs nobody."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from pileus.compute.host.spec import Guest
from pileus.host.contain.enclosure import HOME
from pileus.host.images.serving import USER
from tests.chunks.contents import noise
from tests.compute.host.specs import uuid_of
from tests.hosts.lazily import MIB, LazyHost, disk, until
from tests.hosts.running import printed

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(300)]

FILES = 8
READ_ALL = "cat /data/* | wc -c; echo read''all"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disk of 128 MiB with 64 MiB of files, which nobody reads at boot."""
    place = tmp_path_factory.mktemp("root")
    data = place / "tree" / "written" / "data"
    data.mkdir(parents=True)
    for number in range(FILES):
        (data / f"file{number}").write_bytes(noise(8 * MIB, number))
    return disk(place / "root.raw", place / "tree", 128)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[LazyHost]:
    made = LazyHost(tmp_path / "lazy")
    yield made
    made.end()


def boots(host: LazyHost, root: Path) -> Guest:
    guest = host.guest(host.image(root, "raw"))
    host.want(guest)
    host.begin()
    until(lambda: "READY" in host.said())
    return guest


def does(host: LazyHost, command: str, seconds: float = 60) -> str:
    """What a command prints in the guest."""
    mark = f"m{time.monotonic_ns()}"
    host.type(f"echo {mark[0]}''{mark[1:]}; {command}; echo e''{mark}")
    until(lambda: f"e{mark}" in host.said(), seconds)
    return printed(host.said(), f"\n{mark}", f"e{mark}")


def leans(host: LazyHost) -> str:
    seen = host.seen()
    return seen.leans if seen else "not seen"


def settled(host: LazyHost) -> bool:
    seen = host.seen()
    return seen is not None and seen.state == "running" and not seen.leans


def test_it_boots_before_its_image_is_here_and_then_stands_by_itself(host: LazyHost, root: Path) -> None:
    guest = boots(host, root)
    assert host.sent() < 0.5 * 64 * MIB
    does(host, "echo kept > /root/note; sync")
    until(lambda: settled(host))
    xml = host.inside("virsh", "dumpxml", guest.id)
    assert "nbd" not in xml.partition("<devices>")[2]
    assert "nbd" not in host.inside("virsh", "dumpxml", "--inactive", guest.id)
    host.kill()
    os.kill(host.server(), signal.SIGKILL)
    (host.place / "away").touch()
    assert does(host, "echo 3 > /proc/sys/vm/drop_caches; cat /root/note; md5sum < /data/file3").split()[0] == "kept"
    host.begin()
    host.want(replace(guest, turn=2))
    until(lambda: host.said().count("READY") == 2)
    assert does(host, "cat /root/note") == "kept"
    host.want()
    until(lambda: host.seen() is None)
    assert list((host.place / "host" / "guests").iterdir()) == []


def test_who_serves_it_may_read_images_and_do_nothing_else(host: LazyHost, root: Path) -> None:
    guest = boots(host, root)
    told = Path(f"/proc/{host.server()}/status").read_text().splitlines()
    status = {name: rest.split() for name, _, rest in (line.partition(":") for line in told)}
    assert set(status["Uid"]) == set(status["Gid"]) == {str(USER)}
    assert status["Groups"] == []
    assert {*status["CapEff"], *status["CapPrm"], *status["CapAmb"]} == {"0" * 16}
    assert status["NoNewPrivs"] == ["1"]
    image = f"images/{guest.disks[0].image.manifest}"  # type: ignore[union-attr]
    assert may(host, "-r", f"{image}.unfinished")
    assert may(host, "-w", f"{image}.touched")
    assert not may(host, "-w", f"{image}.unfinished")
    assert not any(may(host, each, "images") for each in ("-r", "-w"))
    assert not any(may(host, each, f"guests/{guest.id}/root0.qcow2") for each in ("-r", "-w"))
    assert not any(may(host, "-w", each) for each in ("lazy", "lazy/nbd.sock", "/run/libvirt/libvirt-sock"))
    assert may(host, "-w", "lazy/asks.sock")
    until(lambda: (host.place / "host" / f"{image}.touched").read_text().count(",") > 3)


def may(host: LazyHost, how: str, file: str) -> bool:
    """Whether the user that serves may read or write a file of the host."""
    as_server = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    told = host.inside("sh", "-c", f"{' '.join(as_server)} test {how} {HOME / file} && echo yes || echo no")
    return told.strip() == "yes"


def test_reads_wait_while_the_agent_is_dead_and_the_image_service_away(host: LazyHost, root: Path) -> None:
    boots(host, root)
    host.kill()
    host.type(READ_ALL)
    time.sleep(3)
    assert "readall" not in host.said()
    (host.place / "away").touch()
    host.begin()
    time.sleep(3)
    assert "readall" not in host.said()
    (host.place / "away").unlink()
    until(lambda: "readall" in host.said(), 100)
    assert "I/O error" not in host.said()
    until(lambda: settled(host))


def test_a_killed_server_makes_the_guest_wait_and_no_more(host: LazyHost, root: Path) -> None:
    boots(host, root)
    host.type(READ_ALL)
    for _ in range(3):
        before = host.server()
        os.kill(before, signal.SIGKILL)
        until(lambda: host.server() != before)  # noqa: B023
        time.sleep(1)
    until(lambda: "readall" in host.said(), 100)
    assert "I/O error" not in host.said()
    until(lambda: settled(host))


def test_the_move_to_its_own_disk_survives_any_death_of_the_agent(host: LazyHost, root: Path) -> None:
    boots(host, root)
    does(host, "dd if=/dev/urandom of=/root/blob bs=1M count=15 2>/dev/null; sync")
    before = does(host, "md5sum < /root/blob")
    until(lambda: leans(host) in ("whole", ""))
    for wait in (0.1, 0.3, 0.5, 0.7, 0.9, 1.1):
        host.kill()
        host.begin()
        time.sleep(wait + 1.0)
    until(lambda: settled(host))
    assert does(host, "echo 3 > /proc/sys/vm/drop_caches; md5sum < /root/blob") == before
    assert list((host.place / "host" / "guests").glob("*/*.promise")) == []


def test_a_guest_that_does_not_run_is_moved_before_it_starts(host: LazyHost, root: Path) -> None:
    guest = boots(host, root)
    does(host, "echo kept > /root/note; sync")
    (host.place / "away").touch()
    host.want(replace(guest, power="stopped"))
    until(lambda: (seen := host.seen()) is not None and seen.state == "stopped")
    (host.place / "away").unlink()
    until(lambda: leans(host) == "whole", 100)
    host.want(replace(guest, turn=2))
    until(lambda: host.said().count("READY") == 2)
    assert does(host, "cat /root/note") == "kept"
    assert settled(host)
    assert "nbd" not in host.inside("virsh", "dumpxml", guest.id).partition("<devices>")[2]


def test_a_host_that_goes_takes_everything_with_it(host: LazyHost, root: Path) -> None:
    boots(host, root)
    server = host.server()
    host.end()
    until(lambda: not Path(f"/proc/{server}").exists())  # whose child it was reaps it
    assert not (host.place / "host").exists()


def test_whatever_is_done_with_it_while_it_leans_is_done(host: LazyHost, root: Path) -> None:
    (host.place / "word").write_text("never said, so the rest of the image stays away")
    guest = boots(host, root)
    does(host, "echo kept > /root/note; sync")
    for power in ("paused", "running", "suspended"):
        becomes(host, replace(guest, power=power))
    os.kill(host.server(), signal.SIGKILL)
    becomes(host, guest)
    assert does(host, "cat /root/note; cat /data/file1 | wc -c").split() == ["kept", str(8 * MIB)]
    host.want(guest := replace(guest, turn=2))
    until(lambda: host.said().count("READY") == 2)
    becomes(host, replace(guest, power="stopped"))
    host.want(guest := replace(guest, turn=3))
    until(lambda: host.said().count("READY") == 3)
    assert leans(host) == "promised"
    becomes(host, replace(guest, power="suspended"))
    host.kill()
    (host.place / "word").write_text("READY")
    host.begin()
    until(lambda: leans(host) == "whole")
    becomes(host, guest)
    until(lambda: settled(host))
    assert does(host, "cat /root/note; cat /data/file2 | wc -c").split() == ["kept", str(8 * MIB)]
    assert "I/O error" not in host.said()


def becomes(host: LazyHost, guest: Guest) -> None:
    host.want(guest)
    until(lambda: (seen := host.seen()) is not None and (seen.state, seen.turn) == (guest.power, guest.turn))


def test_guests_of_one_image_fetch_it_once(host: LazyHost, root: Path) -> None:
    first = host.guest(host.image(root, "raw"))
    guests = [replace(first, id=uuid_of(number), name=f"ada-{number}") for number in range(3)]
    host.want(*guests)
    host.begin()
    until(lambda: host.said().count("READY") == 3, 150)
    until(lambda: {(each.state, each.leans) for each in host.all_seen().values()} == {("running", "")})
    assert first.disks[0].image
    assert first.boot
    assert first.boot.ramdisk
    images = (first.disks[0].image, first.boot.kernel, first.boot.ramdisk)
    chunks = {entry.address: entry.length for each in images for _, entry in host.store.entries(each.manifest)}
    chunks.pop(None, None)
    assert sum(chunks.values()) <= host.sent() < 1.01 * sum(chunks.values())


@pytest.mark.parametrize("form", ["qcow2", "compressed"])
def test_a_qcow2_is_served_as_it_is(host: LazyHost, root: Path, tmp_path: Path, form: str) -> None:
    packed = tmp_path / "root.qcow2"
    options = ["-c"] if form == "compressed" else []
    host.inside("qemu-img", "convert", "-f", "raw", "-O", "qcow2", *options, str(root), str(packed))
    guest = host.guest(host.image(packed, "qcow2"))
    host.want(guest)
    host.begin()
    until(lambda: "READY" in host.said())
    assert leans(host) != ""
    assert does(host, "md5sum < /data/file2")
    until(lambda: settled(host))
