"""Shipping in a process of its own: what it tells, what it ends with, and that it ends when it is told to."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from pileus.chunks.recutting import Change
from pileus.compute.host.hypervisor import HypervisorFailed
from pileus.compute.host.libvirt.still import NbdStill
from pileus.compute.host.spec import SeenSnapshot
from pileus.host.delivery import Declined
from pileus.host.line import LinkFailed, Way
from pileus.host.shipping import Stopped
from pileus.host.shipping_process import in_process
from tests.chunks.contents import MIB, noise
from tests.host.one_cloud import OneCloud
from tests.host.stills import Held, order

pytestmark = pytest.mark.slow

FAST = 1 << 40


@pytest.fixture
def still(tmp_path: Path) -> NbdStill:
    """The disk of a guest that does not run."""
    raw, disk = tmp_path / "raw", tmp_path / "disk.qcow2"
    raw.write_bytes(noise(2 * MIB))
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, disk], check=True)
    return NbdStill(str(tmp_path / "nbd"), 2 * MIB, (Change(0, 2 * MIB),), str(disk))


def shipped(
    cloud: OneCloud, still: NbdStill | Held, *, rate: int = FAST, stop: threading.Event | None = None
) -> list[SeenSnapshot]:
    told: list[SeenSnapshot] = []
    way = Way(f"http://127.0.0.1:{cloud.server_address[1]}", "h1", "secret")
    in_process(rate, lambda: way)(order(), still, stop or threading.Event(), told.append)
    return told


def test_it_tells_how_far_it_is_until_all_is_there(one_cloud: OneCloud, still: NbdStill) -> None:
    told = shipped(one_cloud, still)
    assert [one.state for one in told] == ["reading", "sending", "done"]
    assert told[-1].read_bytes >= 2 * MIB
    ((path, token, _, size),) = one_cloud.came
    assert (path, token) == (f"/fleet/v1/hosts/h1/snapshot/{order().id}/object", "secret")
    assert size >= told[-1].sent_bytes > 0


def test_what_the_cloud_declines_is_told_on(one_cloud: OneCloud, still: NbdStill) -> None:
    one_cloud.refuses = 415
    with pytest.raises(Declined, match=r"It is ugly\."):
        shipped(one_cloud, still)


def test_what_may_pass_is_a_link_that_failed(one_cloud: OneCloud, still: NbdStill) -> None:
    still.file += ".gone"
    with pytest.raises(LinkFailed, match="qemu-nbd"):
        shipped(one_cloud, still)


def test_it_ends_when_nobody_wants_it(one_cloud: OneCloud, still: NbdStill) -> None:
    stop = threading.Event()
    threading.Timer(1.0, stop.set).start()
    with pytest.raises(Stopped):
        shipped(one_cloud, still, rate=10_000, stop=stop)
    assert one_cloud.came == []


def test_a_disk_that_only_this_process_can_read_is_not_shipped(one_cloud: OneCloud) -> None:
    with pytest.raises(HypervisorFailed):
        shipped(one_cloud, Held(b""))
