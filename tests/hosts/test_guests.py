"""Real guests under libvirt in a contained host: the shared suite, then what only a real one can show."""

from __future__ import annotations

import base64
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
from pileus.compute.host.libvirt.kvm import PROBE, probe
from pileus.compute.host.spec import Cpu, Disk, Guest, SeenGuest
from pileus.kernel.clock import SystemClock
from tests.compute.host.hypervisor_suite import GUEST, HypervisorSuite, becomes
from tests.compute.host.specs import KERNEL, card, guest, image, uuid_of
from tests.hosts.contained import GUEST_PARTS, ContainedHost

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(200)]

Answer = TypeVar("Answer")
BURN = base64.b64encode(b"#!/bin/sh\necho burning\nwhile :; do :; done\n").decode()
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


def booted(hypervisor: Any, wanted: Guest = GUEST, says: str = "READY") -> SeenGuest:
    hypervisor.define(wanted)
    hypervisor.start(wanted)
    until(lambda: says in hypervisor.console(wanted.id, 1000))
    return becomes(hypervisor, "running")


def qemu_of(host: ContainedHost, wanted: Guest = GUEST) -> int:
    return int(host.run(f"cat /run/libvirt/qemu/{wanted.id}.pid"))


def test_a_guest_boots_reads_its_config_drive_and_obeys_the_power_button(hypervisor: Any) -> None:
    named = replace(GUEST, config_drive=True, metadata={"hostname": "ada"}, user_data=script("echo I am $(hostname)"))
    booted(hypervisor, named, says="I am ada")
    assert "metadata from the config drive" in hypervisor.console(GUEST.id, 1000)
    hypervisor.stop(GUEST.id, gently=True)
    becomes(hypervisor, "halted")
    hypervisor.stop(GUEST.id, gently=False)
    becomes(hypervisor, "stopped")


def test_what_a_guest_wrote_on_its_disk_is_there_after_a_soft_reboot(hypervisor: Any, host: ContainedHost) -> None:
    counts = "echo x >> /root/boots; echo boot $(wc -l < /root/boots); rm -f /var/lib/guest/ran-*"
    asked = replace(GUEST, config_drive=True, user_data=script(counts), patience=40)
    booted(hypervisor, asked, says="boot 1")
    keeper = Keeper(hypervisor, SystemClock())
    again = {asked.id: replace(asked, turn=2, gently=True)}
    until(lambda: keeper.look(again)[asked.id].turn == 2)
    until(lambda: "boot 2" in hypervisor.console(asked.id, 1000))
    assert "going down" in hypervisor.console(asked.id, 1000)


def script(line: str) -> str:
    return base64.b64encode(f"#!/bin/sh\n{line}\n".encode()).decode()


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
    booted(hypervisor, own, says="SYSLINUX")
    assert becomes(hypervisor, "running").because == ""


def test_a_disk_without_a_system_is_told(hypervisor: Any) -> None:
    hypervisor.define(replace(GUEST, boot=None, disks=(Disk("root", 8),)))
    hypervisor.start(GUEST)
    assert becomes(hypervisor, "crashed").because == "Its disk holds nothing that boots."


def test_a_kernel_that_panics_is_quoted_and_the_guest_can_be_started_again(hypervisor: Any) -> None:
    broken = replace(GUEST, boot=replace(KERNEL, ramdisk=None, arguments="panic=0"))
    hypervisor.define(broken)
    hypervisor.start(broken)
    assert "Unable to mount root fs" in becomes(hypervisor, "crashed").because
    hypervisor.forget(GUEST.id)
    booted(hypervisor)


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


def test_cards_come_and_go_while_a_guest_runs(hypervisor: Any, host: ContainedHost) -> None:
    booted(hypervisor)
    for cards in [(card(1),), (card(1), card(2)), (card(2),), ()]:
        wanted = replace(GUEST, nics=cards)
        hypervisor.define(wanted)
        ports = tuple(sorted(each.port_id for each in cards))
        until(lambda: becomes(hypervisor, "running").nics == ports, 20)  # noqa: B023


def test_a_card_whose_tap_was_made_anew_is_plugged_anew(hypervisor: Any, host: ContainedHost) -> None:
    wanted = replace(GUEST, nics=(card(1),))
    booted(hypervisor, wanted)
    host.unplug(uuid_of(1))
    host.plug(uuid_of(1))
    assert becomes(hypervisor, "running").nics == ()
    keeper = Keeper(hypervisor, SystemClock())
    until(lambda: keeper.look({GUEST.id: wanted})[GUEST.id].nics == (uuid_of(1),), 20)


def test_a_guest_gets_its_share_of_the_processor_and_no_more(hypervisor: Any) -> None:
    burning = replace(GUEST, cpu=Cpu(1, 1), config_drive=True, user_data=BURN)
    booted(hypervisor, burning, says="burning")
    for share, most in [(Cpu(1, 1), 0.57499), (Cpu(1, 2), 0.825)]:
        hypervisor.define(replace(burning, cpu=share))
        used, throttled = use(hypervisor, 6)
        assert 0.8 * most < used <= 1.05 * most
        assert throttled > 0.5


def use(hypervisor: Any, seconds: float) -> tuple[float, float]:
    """Of a processor, and seconds in which a guest had to wait for its quota."""
    before, began = hypervisor.usage()[GUEST.id], time.monotonic()
    time.sleep(seconds)
    after, took = hypervisor.usage()[GUEST.id], time.monotonic() - began
    return (after.cpu_ns - before.cpu_ns) / took / 1e9, (after.cpu_throttled_ns - before.cpu_throttled_ns) / 1e9


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


def test_ephemeral_and_swap_disks_are_seen_by_the_guest(hypervisor: Any) -> None:
    disks = (*GUEST.disks, Disk("ephemeral", 16), Disk("swap", 8))
    shows = script("blkid | sort")
    booted(hypervisor, replace(GUEST, disks=disks, config_drive=True, user_data=shows), says='TYPE="swap"')
    said = hypervisor.console(GUEST.id, 1000)
    assert 'LABEL="ephemeral0"' in said


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


def test_a_boot_under_kvm_is_tried_with_a_real_kernel() -> None:
    under_tcg = tuple(word.replace("kvm", "tcg") for word in PROBE)
    assert probe(GUEST_PARTS / "vmlinuz", under_tcg) == ""
