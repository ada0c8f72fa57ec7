"""`pileus up` for real: a guest under libvirt in namespaces of its own, reached over ssh, outliving whatever fails."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pileus.compute.host.spec import tap_of
from pileus.host.contain.enclosure import Enclosure
from tests.hosts.upped import UpCloud, free_port, until

pytestmark = [pytest.mark.hosts, pytest.mark.slow]

SOON = 20
"""Seconds in which drift must be repaired here; on a machine with nothing else to do it is five."""

SWITCH_OFF = """
import pathlib, sys
from pileus.host.contain.enclosure import Enclosure
Enclosure(sys.argv[1], pathlib.Path(sys.argv[2])).evict()
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[UpCloud]:
    """A running cloud with its sample server, gone without a trace afterwards."""
    made = UpCloud()
    try:
        made.does("up", "--port", free_port())
        yield made
    finally:
        made.end()


def sample_of(cloud: UpCloud) -> dict[str, Any]:
    (found,) = cloud.api.read("compute", "/servers/detail?all_tenants=1")["servers"]
    return dict(found)


def test_the_sample_server_answers_over_ssh(cloud: UpCloud) -> None:
    assert cloud.uptime() > 0
    assert "hello ACTIVE" in cloud.client("server", "list", "-f", "value")
    assert oct((cloud.home / ".config" / "openstack" / "secure.yaml").stat().st_mode & 0o777) == "0o600"


def test_the_api_runs_as_nobody_in_particular(cloud: UpCloud) -> None:
    assert Path(f"/proc/{cloud.process('serve')}").stat().st_uid == (cloud.state / "cloud").stat().st_uid != 0


def test_the_screen_and_the_doctor_tell_what_there_is(cloud: UpCloud) -> None:
    assert "1 ACTIVE" in cloud.does("status")
    assert cloud.tried("doctor").returncode in (0, 1)  # a machine without KVM is warned of


@pytest.mark.parametrize("names", [("serve",), ("host",), ("supervisor", "serve", "host")])
def test_whatever_is_killed_is_taken_up_again_and_the_guest_never_notices(
    cloud: UpCloud, names: tuple[str, ...]
) -> None:
    before, processes = cloud.uptime(), {name: cloud.process(name) for name in names}
    cloud.kill(*names)
    if "supervisor" in names:
        cloud.does("up", "--no-sample")
    cloud.until_sound()
    assert all(cloud.process(name) != number for name, number in processes.items())
    assert cloud.uptime() > before


DRIFT = {
    "a deleted tap": ("ip link del {tap}", "ip link show {tap}"),
    "a flushed packet filter": ("nft flush ruleset", "nft list chain inet pileus_guard sending"),
    "a killed dnsmasq": ("kill -9 $(cat /run/pileus/network/dhcp/*/pid)", "pgrep -F /run/pileus/network/dhcp/*/pid"),
    "an undefined domain": ("virsh undefine {server}", "virsh list --persistent --name | grep {server}"),
    "a killed libvirtd": ("kill -9 $(cat /run/libvirtd.pid)", "virsh list"),
}


@pytest.fixture(scope="module")
def names(cloud: UpCloud) -> dict[str, str]:
    """What the sample is called on its host."""
    server = sample_of(cloud)["id"]
    (port,) = cloud.api.read("network", f"/v2.0/ports?device_id={server}")["ports"]
    return {"tap": tap_of(port["id"]), "server": server}


@pytest.mark.parametrize("drift", DRIFT)
def test_drift_is_repaired(cloud: UpCloud, names: dict[str, str], drift: str) -> None:
    damage, mended = (text.format(**names) for text in DRIFT[drift])
    before = cloud.uptime()
    assert inside(cloud, mended) == 0
    assert inside(cloud, damage) == 0
    until(lambda: inside(cloud, mended) == 0, SOON)
    assert until(lambda: cloud.tried("ssh", "hello", "true").returncode == 0)
    assert cloud.uptime() > before


def inside(cloud: UpCloud, command: str) -> int:
    """The exit code of a command inside this machine's host."""
    return cloud.tried("enter", socket.gethostname(), "sh", "-c", command).returncode


def test_what_is_brought_down_leaves_the_guests_running(cloud: UpCloud) -> None:
    before = cloud.uptime()
    assert "1 guest and their networks go on" in cloud.does("down")
    assert cloud.tried("status").returncode == 1
    cloud.does("up")
    assert cloud.uptime() > before


def test_after_the_machine_was_switched_off_every_server_that_ran_comes_back(cloud: UpCloud) -> None:
    began = time.monotonic()
    cloud.kill("supervisor", "serve", "host")
    host = Enclosure(socket.gethostname(), cloud.state / "hosts" / socket.gethostname())
    subprocess.run([sys.executable, "-c", SWITCH_OFF, host.name, str(host.directory)], check=True)
    assert not host.stands()
    cloud.does("up")
    until(lambda: sample_of(cloud)["status"] == "ACTIVE")
    assert cloud.uptime() < time.monotonic() - began
