"""Contained hosts: what they are made of, what they outlive, and that nothing remains of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pileus.host.contain.enclosure import HOME, ContainFailed, Enclosure
from pileus.host.contain.moving import move, standing

pytestmark = pytest.mark.hosts

RUN = "subprocess.run(sys.argv[3:])"
HOLD = "print('inside', flush=True); input()"
MAKE = "import sys, subprocess, pathlib; from pileus.host.contain.enclosure import Enclosure; e = "
ENTER = MAKE + "Enclosure(sys.argv[1], pathlib.Path(sys.argv[2])); e.build(); e.enter(); "


@pytest.fixture
def enclosure(tmp_path: Path) -> Iterator[Enclosure]:
    made = Enclosure("one", tmp_path / "one")
    yield made
    made.raze()


def told(enclosure: Enclosure, *command: str) -> str:
    """What a command says inside."""
    words = [sys.executable, "-c", ENTER + RUN, enclosure.name, str(enclosure.directory), *command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def holding(enclosure: Enclosure) -> subprocess.Popen[str]:
    """A process that stays inside."""
    words = [sys.executable, "-c", ENTER + HOLD, enclosure.name, str(enclosure.directory)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "inside\n"
    return process


def mounts() -> set[str]:
    return {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}


def links() -> str:
    return subprocess.check_output(["ip", "-o", "link"], text=True)


def test_a_host_has_a_name_a_network_and_files_of_its_own(enclosure: Enclosure) -> None:
    assert told(enclosure, "hostname") == "one"
    assert told(enclosure, "ls", "/sys/class/net") == "lo"
    assert told(enclosure, "ip", "-br", "link", "show", "up").split()[0] == "lo"
    assert told(enclosure, "ls", "/etc/libvirt", "/var/lib/libvirt").count(":") == 2
    told(enclosure, "touch", "/run/mine")
    assert (enclosure.directory / "run" / "mine").exists()
    assert not Path("/run/mine").exists()


def test_its_processes_see_its_directory_at_one_place(enclosure: Enclosure) -> None:
    enclosure.build()
    (enclosure.directory / "here").touch()
    assert "here" in told(enclosure, "ls", str(HOME)).split()


def test_its_control_groups_have_their_root_at_the_hosts_own(enclosure: Enclosure) -> None:
    groups = [line.split(":", 2)[1:] for line in told(enclosure, "cat", "/proc/self/cgroup").splitlines()]
    assert {path for controllers, path in groups if "cpu" in controllers.split(",")} <= {"/", "/daemons"}
    assert told(enclosure, "find", "/sys/fs/cgroup", "-name", "cgroup.procs")


def test_the_user_guests_run_as_is_known_inside(enclosure: Enclosure) -> None:
    assert told(enclosure, "id", "-un", "libvirt-qemu") == "libvirt-qemu"
    if Path("/dev/kvm").exists():
        assert told(enclosure, "stat", "-c", "%U", "/dev/kvm") == "libvirt-qemu"


def test_its_name_is_known_inside(enclosure: Enclosure) -> None:
    assert told(enclosure, "getent", "hosts", "one").split() == ["127.0.1.1", "one"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "One", "a\n", "-a", "x" * 64])
def test_not_everything_is_a_name(name: str) -> None:
    with pytest.raises(ContainFailed, match="cannot be"):
        Enclosure(name, Path("/nowhere"))


def test_building_twice_changes_nothing(enclosure: Enclosure) -> None:
    enclosure.build()
    told(enclosure, "touch", "/run/mine")
    enclosure.build()
    assert told(enclosure, "ls", "/run/mine") == "/run/mine"


def test_it_outlives_the_death_of_who_made_it(enclosure: Enclosure) -> None:
    agent = holding(enclosure)
    told(enclosure, "ip", "link", "add", "mine", "type", "bridge")
    agent.send_signal(signal.SIGKILL)
    agent.wait()
    assert enclosure.stands()
    assert "mine" in told(enclosure, "ls", "/sys/class/net").split()


def test_two_hosts_of_one_name_do_not_meet(enclosure: Enclosure, tmp_path: Path) -> None:
    other = Enclosure("one", tmp_path / "other")
    try:
        told(other, "ip", "link", "add", "theirs", "type", "bridge")
        assert told(enclosure, "ls", "/sys/class/net") == "lo"
        assert other.group != enclosure.group
    finally:
        other.raze()
    assert told(enclosure, "hostname") == "one"


def test_a_host_does_not_keep_anothers_namespaces_alive(enclosure: Enclosure, tmp_path: Path) -> None:
    earlier = Enclosure("earlier", tmp_path / "earlier")
    earlier.build()
    enclosure.build()
    earlier.raze()
    assert not [line for line in told(enclosure, "cat", "/proc/self/mountinfo").splitlines() if " - nsfs " in line]


def test_evicting_ends_its_processes_and_keeps_its_files(enclosure: Enclosure) -> None:
    inside = holding(enclosure)
    (enclosure.directory / "guests").mkdir()
    assert inside.pid in enclosure.inhabitants()
    enclosure.evict()
    assert inside.wait() == -signal.SIGKILL
    assert not enclosure.stands()
    assert (enclosure.directory / "guests").exists()


def test_it_can_be_built_again_without_what_ran_before(enclosure: Enclosure) -> None:
    told(enclosure, "touch", "/run/libvirtd.pid", "/etc/libvirt/kept")
    enclosure.evict()
    assert told(enclosure, "ls", "/run").split() in (["pileus"], ["devices", "pileus"])
    assert told(enclosure, "ls", "/etc/libvirt") == "kept"


def test_half_built_namespaces_are_built_again(enclosure: Enclosure) -> None:
    enclosure.build()
    subprocess.run(["umount", enclosure.pin("uts")], check=True)
    assert not enclosure.stands()
    assert told(enclosure, "hostname") == "one"


def test_nothing_remains(tmp_path: Path) -> None:
    before = mounts(), links(), set(Path("/sys/fs/cgroup").rglob("pileus-*"))
    enclosure = Enclosure("one", tmp_path / "one")
    inside = holding(enclosure)
    enclosure.raze()
    inside.wait()
    assert (mounts(), links(), set(Path("/sys/fs/cgroup").rglob("pileus-*"))) == before
    assert not enclosure.directory.exists()
    enclosure.raze()


def test_a_host_may_stay_in_the_machines_network(tmp_path: Path) -> None:
    outside = Enclosure("open", tmp_path / "open", network=False)
    try:
        outside.build()
        process = os.fork()
        if not process:
            outside.enter()
            os._exit(0 if links() and os.uname().nodename == "open" else 1)
        assert os.waitpid(process, 0)[1] == 0
        assert set(outside.kinds) == {"mnt", "uts", "cgroup"}
    finally:
        outside.raze()


@pytest.mark.parametrize("former", [True, False])
def test_a_host_that_moves_leaves_its_former_place_once(tmp_path: Path, former: bool) -> None:
    before, after = (Enclosure("one", tmp_path / "one", network=network) for network in (former, not former))
    try:
        before.build()
        assert standing("one", tmp_path / "one") == before
        move(before)
        assert before.stands()
        move(after)
        assert not before.stands()
        after.build()
        move(after)
        assert after.stands(), "what once pinned its namespaces is still there as files, and does not deceive it"
    finally:
        before.raze()


def test_what_cannot_be_built_says_why_and_does_not_stand(enclosure: Enclosure) -> None:
    enclosure.directory.mkdir()
    (enclosure.directory / "log").touch()
    with pytest.raises(ContainFailed, match="log"):
        enclosure.build()
    assert not enclosure.stands()
