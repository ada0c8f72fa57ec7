"""A real guest's disk held still and brought to a cloud: while it runs and writes on, and when it is off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from pileus.compute.host.hypervisor import Still
from pileus.compute.host.spec import Disk, SeenSnapshot, Snapshot
from pileus.host.contain.enclosure import HOME
from pileus.host.shipping import Pace, ship
from tests.chunks.contents import put, whole
from tests.compute.host.specs import ROOT, guest, image, uuid_of
from tests.host.stills import MIB, Cloud
from tests.hosts.contained import GUEST_PARTS, ContainedHost
from tests.hosts.running import Running, until

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(300)]

BASE = GUEST_PARTS / "root.raw"
EVE = guest(5)
FAST = 1 << 40


@pytest.fixture(scope="module")
def eve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    host = ContainedHost(tmp_path_factory.mktemp("hosts") / "eve")
    try:
        yield Running(host, EVE)
    finally:
        host.end()


@pytest.fixture
def cloud() -> Cloud:
    """It has the image the guest was made from."""
    made = Cloud()
    made.older = put(made.store, BASE.read_bytes()).manifest
    return made


def order_in(cloud: Cloud) -> Snapshot:
    below = replace(image("root.raw"), manifest=cloud.older)
    return Snapshot(uuid_of(99), EVE.id, replace(ROOT, image=below))


def taken(eve: Running, cloud: Cloud, still: Still) -> tuple[bytes, SeenSnapshot]:
    """The disk as the cloud has it now, and what was told last."""
    told: list[SeenSnapshot] = []
    pace = Pace(still, FAST, threading.Event())
    try:
        eve.host.do(lambda: ship(order_in(cloud), still, cloud, pace, told.append))
    finally:
        eve.host.do(still.close)
        eve.hypervisor.release(EVE.id)
    return whole(cloud.store, cloud.came), told[-1]


def test_a_running_guest_is_held_still_and_goes_on(eve: Running, cloud: Cloud) -> None:
    eve.does("echo before > /root/note; sync")
    still = eve.hypervisor.hold(order_in(cloud))
    assert eve.look().state == "running"
    eve.does("echo later > /root/other; sync")
    disk, _ = taken(eve, cloud, still)
    assert len(disk) == 64 * MIB
    assert b"before\n" in disk
    assert b"later\n" not in disk
    assert cloud.came == put(cloud.store, disk).manifest
    assert eve.hypervisor.held() == []
    assert eve.does("cat /root/other") == "later"
    assert "snapshot" not in eve.host.run(f"ls {HOME}/guests/{EVE.id}")


def test_of_one_percent_that_changed_little_more_is_sent(eve: Running, cloud: Cloud) -> None:
    taken(eve, cloud, eve.hypervisor.hold(order_in(cloud)))
    eve.does("dd if=/dev/urandom of=/root/more bs=64k count=10; sync")
    _, told = taken(eve, cloud, eve.hypervisor.hold(order_in(cloud)))
    assert 640 << 10 <= told.sent_bytes <= 2 * MIB
    _, again = taken(eve, cloud, eve.hypervisor.hold(order_in(cloud)))
    assert again.sent_bytes < 512 << 10


def test_what_a_former_agent_left_is_let_go(eve: Running, cloud: Cloud) -> None:
    eve.hypervisor.hold(order_in(cloud))
    assert eve.hypervisor.held() == [EVE.id]
    afresh = eve.host.do(eve.host.drive)
    eve.host.do(lambda: afresh.release(EVE.id))
    assert eve.hypervisor.held() == []
    disk, _ = taken(eve, cloud, eve.hypervisor.hold(order_in(cloud)))
    assert len(disk) == 64 * MIB


def test_a_guest_made_from_the_snapshot_has_what_was_written(eve: Running, cloud: Cloud, tmp_path: Path) -> None:
    eve.does("echo precious > /root/kept; sync")
    assert eve.look(power="paused").state == "paused"
    paused, _ = taken(eve, cloud, eve.hypervisor.hold(order_in(cloud)))
    assert eve.look().state == "paused"
    eve.look(power="stopped")
    until(lambda: eve.look().state == "stopped")
    disk, _ = taken(eve, cloud, eve.hypervisor.hold(order_in(cloud)))
    assert disk == paused
    file = tmp_path / "snapshot.raw"
    file.write_bytes(disk)
    eve.host.images.added["snapshot"] = file
    eve.hypervisor.forget(EVE.id)
    again = Running(eve.host, guest(6, disks=(Disk("root", 64, image=image("snapshot")),)))
    assert again.does("cat /root/kept") == "precious"
