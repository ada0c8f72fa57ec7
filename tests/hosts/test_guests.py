"""Real guests under libvirt in a contained host: the shared suite, then what only a real one can show."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from pileus.compute.host.hypervisor import Hopeless, Unreachable
from pileus.compute.host.keeper import Keeper
from pileus.compute.host.libvirt import connection, kvm
from pileus.compute.host.spec import Disk, Guest
from pileus.kernel.clock import SystemClock
from tests.compute.host.hypervisor_suite import GUEST, HypervisorSuite, becomes
from tests.compute.host.specs import KERNEL, guest, image, uuid_of
from tests.hosts.contained import GUEST_PARTS, ContainedHost

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(200)]

Answer = TypeVar("Answer")
FOREIGN = "<domain type='qemu'><name>foreign</name><memory>65536</memory><os><type>hvm</type></os></domain>"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainedHost]:
    made = ContainedHost(tmp_path_factory.mktemp("hosts") / "one")
    made.plug(uuid_of(1), uuid_of(2))
    yield made
    made.end()


@pytest.fixture
def hypervisor(host: ContainedHost) -> Iterator[Any]:
    yield host.hypervisor
    for each in host.hypervisor.guests():
        host.hypervisor.forget(each)


class TestLibvirt(HypervisorSuite):
    """The shared suite."""


def until(happens: Callable[[], Answer], seconds: float = 90) -> Answer:
    deadline = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)
    return found


def qemu_of(host: ContainedHost, wanted: Guest = GUEST) -> int:
    return int(host.run(f"cat /run/libvirt/qemu/{wanted.id}.pid"))


def test_a_guest_that_ignores_the_power_button_is_unplugged(hypervisor: Any) -> None:
    hypervisor.define(GUEST)
    hypervisor.start(GUEST)
    keeper, stopped = (
        Keeper(hypervisor, SystemClock()),
        {GUEST.id: replace(GUEST, power="stopped", gently=True, patience=1)},
    )
    assert keeper.look(stopped)[GUEST.id].state == "running"
    until(lambda: keeper.look(stopped)[GUEST.id].state == "stopped", 20)


def test_an_image_with_its_own_boot_loader_boots(hypervisor: Any) -> None:
    own = replace(GUEST, boot=None, disks=(Disk("root", 64, image=image("guest.qcow2", "qcow2")),))
    hypervisor.define(own)
    hypervisor.start(own)
    until(lambda: "SYSLINUX" in hypervisor.console(own.id, 1000))
    assert becomes(hypervisor, "running").because == ""


def test_a_disk_without_a_system_is_told(hypervisor: Any) -> None:
    empty = replace(GUEST, boot=None, disks=(Disk("root", 8),))
    hypervisor.define(empty)
    hypervisor.start(empty)
    assert becomes(hypervisor, "crashed").because == "Its disk holds nothing that boots."


def test_a_kernel_that_panics_is_quoted_and_the_guest_can_be_started_again(hypervisor: Any) -> None:
    broken = replace(GUEST, boot=replace(KERNEL, ramdisk=None, arguments="panic=0"))
    hypervisor.define(broken)
    hypervisor.start(broken)
    assert "Unable to mount root fs" in becomes(hypervisor, "crashed").because
    hypervisor.define(GUEST)
    hypervisor.start(GUEST)
    assert becomes(hypervisor, "running").because == ""


def test_a_killed_guest_has_crashed_until_its_next_turn(hypervisor: Any, host: ContainedHost) -> None:
    hypervisor.define(GUEST)
    hypervisor.start(GUEST)
    os.kill(qemu_of(host), signal.SIGKILL)
    assert becomes(hypervisor, "crashed").because == "Its QEMU process ended without a word."
    keeper = Keeper(hypervisor, SystemClock())
    assert keeper.look({GUEST.id: GUEST})[GUEST.id].state == "crashed"
    keeper.look({GUEST.id: replace(GUEST, turn=2)})
    assert becomes(hypervisor, "running").turn == 2


def test_guests_run_as_an_ordinary_user(hypervisor: Any, host: ContainedHost) -> None:
    hypervisor.define(GUEST)
    hypervisor.start(GUEST)
    status = Path(f"/proc/{qemu_of(host)}/status").read_text()
    assert next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:] != ["0"] * 4


def test_guests_outlive_libvirtd_and_are_found_again(hypervisor: Any, host: ContainedHost) -> None:
    hypervisor.define(GUEST)
    hypervisor.start(GUEST)
    before = qemu_of(host)
    os.kill(host.process_of("libvirtd"), signal.SIGKILL)
    with pytest.raises(Unreachable):
        until(lambda: not hypervisor.guests(), 5)
    host.ensure()
    assert becomes(hypervisor, "running").id == GUEST.id
    assert qemu_of(host) == before


def test_a_libvirtd_that_hangs_is_not_waited_for(host: ContainedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "OPENING", 1.0)
    hung, driver = host.process_of("libvirtd"), host.do(host.drive)
    os.kill(hung, signal.SIGSTOP)
    try:
        with pytest.raises(Unreachable, match="said nothing"):
            host.do(driver.guests)
    finally:
        os.kill(hung, signal.SIGCONT)
    assert host.do(driver.guests) == {}


def test_a_driver_made_anew_adopts_what_runs(hypervisor: Any, host: ContainedHost) -> None:
    hypervisor.define(GUEST)
    hypervisor.start(GUEST)
    hypervisor.heard(GUEST.id)
    adopted = host.do(lambda: host.drive().guests())[GUEST.id]
    assert (adopted.state, adopted.turn, adopted.read_metadata) == ("running", 1, True)


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_an_undefined_guest_is_defined_again(hypervisor: Any, host: ContainedHost, state: str) -> None:
    keeper, wanted = Keeper(hypervisor, SystemClock()), {GUEST.id: replace(GUEST, power=state)}
    keeper.look(wanted)
    host.run(f"virsh -q undefine {GUEST.id}")
    keeper.look(wanted)
    assert GUEST.id in host.run("virsh list --all --name --persistent")
    assert becomes(hypervisor, state).definition  # type: ignore[arg-type]


def test_domains_that_are_not_ours_are_left_alone(hypervisor: Any, host: ContainedHost) -> None:
    (host.enclosure.directory / "run" / "foreign.xml").write_text(FOREIGN)
    host.run("virsh -q define /run/foreign.xml")
    assert Keeper(hypervisor, SystemClock()).look({}) == {}
    host.run("virsh -q undefine foreign")


def test_an_unwanted_guest_goes_with_its_folder(hypervisor: Any, host: ContainedHost) -> None:
    keeper = Keeper(hypervisor, SystemClock())
    keeper.look({GUEST.id: GUEST})
    assert keeper.look({}) == {}
    assert list((host.enclosure.directory / "guests").iterdir()) == []
    assert GUEST.id not in host.run("virsh list --all --name; ls /var/log/libvirt/qemu")


def test_a_folder_that_lost_its_guest_goes_too(hypervisor: Any, host: ContainedHost) -> None:
    hypervisor.define(GUEST)
    host.run(f"virsh -q undefine {GUEST.id}")
    assert Keeper(hypervisor, SystemClock()).look({}) == {}
    assert list((host.enclosure.directory / "guests").iterdir()) == []


def test_boots_are_queued(hypervisor: Any) -> None:
    wanted = {each.id: each for each in (guest(number) for number in range(1, 4))}
    told = Keeper(hypervisor, SystemClock()).look(wanted)
    assert sorted(each.state for each in told.values()) == ["queued", "running", "running"]


def test_workers_act_while_the_keeper_looks_on(hypervisor: Any, host: ContainedHost) -> None:
    with ThreadPoolExecutor(2) as workers:
        keeper = Keeper(hypervisor, SystemClock(), run=workers.submit)
        assert keeper.look({GUEST.id: GUEST})[GUEST.id].state == "building"
        until(lambda: keeper.look({GUEST.id: GUEST})[GUEST.id].state == "running", 20)


def test_an_image_that_leans_on_another_file_is_refused(hypervisor: Any, host: ContainedHost, tmp_path: Path) -> None:
    leaning = tmp_path / "leaning"
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw", str(leaning), "1M"]
    subprocess.run(command, check=True)
    host.images.added["leaning"] = leaning
    with pytest.raises(Hopeless, match="leans"):
        hypervisor.define(replace(GUEST, disks=(Disk("root", 64, image=image("leaning", "qcow2")),)))


def test_guests_come_back_after_the_machine_was_switched_off(tmp_path: Path) -> None:
    host = ContainedHost(tmp_path / "two")
    try:
        host.hypervisor.define(GUEST)
        host.hypervisor.start(GUEST)
        marked = host.enclosure.directory / "guests" / GUEST.id / "root0.qcow2"
        before = marked.stat().st_ino
        host.enclosure.evict()
        host = ContainedHost(tmp_path / "two")
        assert becomes(host.hypervisor, "stopped").turn == 1
        assert Keeper(host.hypervisor, SystemClock()).look({GUEST.id: GUEST})[GUEST.id].state == "running"
        assert marked.stat().st_ino == before
    finally:
        host.end()


def test_a_kernel_that_comes_up_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kvm, "DEADLINE", 60)
    under_tcg = tuple(word.replace("kvm", "tcg") for word in kvm.PROBE)
    assert kvm.probe(GUEST_PARTS / "vmlinuz", under_tcg) == ""
