"""A real cloud while things go wrong: images that do not boot, a disk without room, processes killed at bad moments."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pileus.cli.client import Refused
from pileus.cli.state import State
from tests.hosts.upped import UpCloud, free_port, until

pytestmark = [pytest.mark.hosts, pytest.mark.slow]

ROOMY, TIGHT = "size=3g", "size=1200m"
"""The disk as `up` wants it, and small enough to be filled; a flavor of one GiB still fits."""

MIB, GIB = 1 << 20, 1 << 30


class OwnDisk(UpCloud):
    """A cloud whose state directory is a disk of its own, and its administrator."""

    def __init__(self) -> None:
        super().__init__()
        subprocess.run(["mount", "-t", "tmpfs", "-o", ROOMY, "none", self.home], check=True)
        self.does("up", "--no-sample", "--port", free_port())
        self._mount(TIGHT)
        self.host = State(self.state).host(socket.gethostname())

    def fill(self, spare: int) -> None:
        """Leave so many bytes free."""
        room = os.statvfs(self.home)
        with (self.home / "filler").open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, room.f_bavail * room.f_frsize - spare)

    def empty(self) -> None:
        (self.home / "filler").unlink()

    def image(self, name: str, size: int) -> str:
        """A disk of noise; its identifier."""
        asked = {"name": name, "disk_format": "raw", "container_format": "bare"}
        made = str(self.api.make("image", "/v2/images", asked)["id"])
        noise = self.home.parent / f"{self.home.name}.noise"
        noise.write_bytes(os.urandom(size))
        try:
            with noise.open("rb") as content:
                self.api.put("image", f"/v2/images/{made}/file", content)
        finally:
            noise.unlink()
        return made

    def boot(self, image: str) -> str:
        """A server of it; its identifier."""
        named = {"imageRef": image, "flavorRef": "1", "networks": self._shared()}
        return str(self.api.make("compute", "/servers", {"server": {"name": "unlucky", **named}})["server"]["id"])

    def server(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.read("compute", f"/servers/{id}")["server"]
        return found

    def becomes(self, id: str, status: str) -> dict[str, Any]:
        """The server once it has this status and nothing is under way."""
        return until(lambda: self._is(id, status), 120)

    def acts(self, id: str, work: str) -> bool:
        """Ask for something to be done with it; whether somebody was there to hear."""
        try:
            self.api.make("compute", f"/servers/{id}/action", {work: {"type": "HARD"} if work == "reboot" else None})
        except OSError:
            return False
        return True

    def snapshot(self, id: str, name: str) -> None:
        """Ask for an image of a server."""
        self.api.make("compute", f"/servers/{id}/action", {"createImage": {"name": name}})

    def delete(self, id: str) -> None:
        self.api.delete("compute", f"/servers/{id}")

    def is_gone(self, id: str) -> bool:
        try:
            self.server(id)
        except (Refused, OSError) as error:
            return isinstance(error, Refused) and error.status == 404
        return False

    def leftovers(self) -> list[str]:
        """What is on the host of guests that are not there any more."""
        taps = self.inside("ls /sys/class/net | grep ^tap; virsh list --all --name; true").split()
        return [*taps, *(path.name for path in (self.host / "guests").iterdir())]

    def end(self) -> None:
        try:
            self._mount(ROOMY)
            self.does("destroy", "--yes")
        finally:
            subprocess.run(["umount", self.home], check=True)
            self.home.rmdir()

    def _mount(self, size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{size}", self.home], check=True)

    def _shared(self) -> list[dict[str, str]]:
        return [{"uuid": each["id"]} for each in self.api.read("network", "/v2.0/networks?shared=true")["networks"]]

    def _is(self, id: str, status: str) -> dict[str, Any]:
        try:
            server = self.server(id)
        except (Refused, OSError):  # it is just being started again
            return {}
        return server if server["status"] == status and not server["OS-EXT-STS:task_state"] else {}


@pytest.fixture(scope="module")
def cloud() -> Iterator[OwnDisk]:
    made = OwnDisk()
    try:
        yield made
    finally:
        made.end()


def test_an_image_that_does_not_boot_is_told_in_its_servers_fault(cloud: OwnDisk) -> None:
    server = cloud.boot(cloud.image("noise", MIB))
    assert cloud.becomes(server, "ERROR")["fault"]["message"] == "Its disk holds nothing that boots."
    cloud.delete(server)
    until(lambda: cloud.is_gone(server))


def test_a_disk_that_is_full_during_an_upload_is_told_and_nothing_remains(cloud: OwnDisk) -> None:
    cloud.fill(spare=16 * MIB)
    try:
        with pytest.raises(Refused, match="no room"):
            cloud.image("large", 64 * MIB)
    finally:
        cloud.empty()
    (left,) = cloud.api.read("image", "/v2/images?name=large")["images"]
    assert (left["status"], left["size"], left["checksum"]) == ("queued", None, None)
    cloud.api.delete("image", f"/v2/images/{left['id']}")


def test_a_disk_that_is_full_during_a_boot_is_told_and_a_later_boot_goes_well(cloud: OwnDisk) -> None:
    image = cloud.image("mid", 48 * MIB)
    cloud.fill(spare=16 * MIB)
    try:
        server = cloud.boot(image)
        assert "no room" in cloud.becomes(server, "ERROR")["fault"]["message"]
    finally:
        cloud.empty()
    cloud.delete(server)
    until(lambda: cloud.is_gone(server))
    (tiny,) = cloud.api.read("image", "/v2/images?name=tiny")["images"]
    server = cloud.boot(tiny["id"])
    cloud.becomes(server, "ACTIVE")
    cloud.delete(server)
    until(lambda: cloud.is_gone(server) and not cloud.leftovers())


def test_a_disk_that_is_full_during_a_snapshot_leaves_nothing_half_there(cloud: OwnDisk) -> None:
    """So full that not even the cloud's database has room: what is under way ends once there is room again."""
    (tiny,) = cloud.api.read("image", "/v2/images?name=tiny")["images"]
    server = cloud.boot(tiny["id"])
    cloud.becomes(server, "ACTIVE")
    cloud.fill(spare=400 << 10)
    try:
        with contextlib.suppress(Refused):
            cloud.snapshot(server, "unlucky")
        time.sleep(8)  # the host tries meanwhile, again and again
    finally:
        cloud.empty()
    cloud.becomes(server, "ACTIVE")
    cloud.snapshot(server, "lucky")
    cloud.becomes(server, "ACTIVE")
    assert cloud.api.read("image", "/v2/images?name=lucky")["images"]
    images = cloud.api.read("image", "/v2/images?name=in:lucky,unlucky")["images"]
    assert {(made["status"], made["size"]) for made in images} == {("active", GIB)}
    for made in images:
        cloud.api.delete("image", f"/v2/images/{made['id']}")
    cloud.delete(server)
    until(lambda: cloud.is_gone(server) and not cloud.leftovers())


def test_a_full_disk_refuses_what_cannot_be_kept_and_recovers(cloud: OwnDisk) -> None:
    """What is written without a quota; the log of the database may have room of its own for some megabytes."""
    long = "x" * (32 << 10)
    cloud.fill(spare=256 << 10)
    try:
        with pytest.raises(Refused, match="database") as refused:
            for number in range(2000):  # until the room is used up
                cloud.api.make("identity", "/projects", {"project": {"name": f"many-{number}", "description": long}})
    finally:
        cloud.empty()
    assert refused.value.status == 503
    cloud.api.make("network", "/v2.0/networks", {"network": {"name": "one"}})


MOMENTS = {"at once": "", "its disks are made": "guests/{}", "its guest runs": "run/libvirt/qemu/{}.pid"}
"""When the processes are killed, and the file of the host that shows it."""


@pytest.mark.parametrize("moment", MOMENTS)
def test_processes_killed_while_a_server_comes_and_goes_leave_nothing_behind(cloud: OwnDisk, moment: str) -> None:
    (tiny,) = cloud.api.read("image", "/v2/images?name=tiny")["images"]
    server = cloud.boot(tiny["id"])
    sign: Path = cloud.host / MOMENTS[moment].format(server)
    until(sign.exists)
    cloud.kill("host", "serve")
    cloud.becomes(server, "ACTIVE")
    cloud.delete(server)
    cloud.kill("host", "serve")
    until(lambda: cloud.is_gone(server), 120)
    until(lambda: not cloud.leftovers())
    assert not cloud.api.read("network", f"/v2.0/ports?device_id={server}")["ports"]
    provider = cloud.api.read("placement", "/resource_providers")["resource_providers"][0]["uuid"]
    assert not any(cloud.api.read("placement", f"/resource_providers/{provider}/usages")["usages"].values())


WORKS = {
    "os-stop": "SHUTOFF",
    "os-start": "ACTIVE",
    "pause": "PAUSED",
    "unpause": "ACTIVE",
    "suspend": "SUSPENDED",
    "resume": "ACTIVE",
    "reboot": "ACTIVE",
}
"""Actions on a server, in the order in which they are taken, and what comes of each."""


def test_work_under_way_is_finished_by_the_processes_that_follow(cloud: OwnDisk) -> None:
    (tiny,) = cloud.api.read("image", "/v2/images?name=tiny")["images"]
    server = cloud.boot(tiny["id"])
    cloud.becomes(server, "ACTIVE")
    for number, (work, status) in enumerate(WORKS.items()):
        until(lambda: cloud.acts(server, work), 120)  # noqa: B023
        cloud.kill("host" if number % 2 else "serve")
        cloud.becomes(server, status)
    cloud.delete(server)
    until(lambda: cloud.is_gone(server), 120)
    until(lambda: not cloud.leftovers())
