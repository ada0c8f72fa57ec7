"""One real guest that has booted: what it sees of its host's doings while it runs."""

from __future__ import annotations

import base64
import os
import signal
import time
from collections.abc import Iterator

import pytest

from pileus.compute.host.spec import Cpu, Disk
from tests.compute.host.specs import ROOT, card, guest, uuid_of
from tests.hosts.contained import ContainedHost
from tests.hosts.running import Running, until

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(240)]

ADA = guest(
    1,
    disks=(ROOT, Disk("ephemeral", 16), Disk("swap", 8)),
    config_drive=True,
    metadata={"hostname": "ada"},
    user_data=base64.b64encode(b"#!/bin/sh\necho user data of $(hostname)\n").decode(),
)


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    host = ContainedHost(tmp_path_factory.mktemp("hosts") / "ada")
    host.plug(uuid_of(1), uuid_of(2))
    try:
        yield Running(host, ADA)
    finally:
        host.end()


def test_it_knows_itself_by_its_config_drive(ada: Running) -> None:
    assert ada.does("hostname") == "ada"
    assert "metadata from the config drive" in ada.said()
    until(lambda: "user data of ada" in ada.said())


def test_it_sees_its_disks_as_they_were_laid_out(ada: Running) -> None:
    assert ada.does("cat /sys/block/vd?/size").split()[:3] == [str(64 << 11), str(16 << 11), str(8 << 11)]
    assert 'LABEL="ephemeral0"' in ada.does("blkid /dev/vdb")
    assert 'TYPE="swap"' in ada.does("blkid /dev/vdc")


def test_cards_come_and_go(ada: Running) -> None:
    for cards in [(card(1),), (card(1), card(2)), (card(2),)]:
        ada.look(nics=cards)
        until(lambda: ada.look().nics == tuple(each.port_id for each in cards), 30)  # noqa: B023
    until(lambda: ada.does("cat /sys/class/net/eth*/address") == card(2).mac, 20)
    ada.look(nics=())
    until(lambda: ada.look().nics == (), 30)


def test_a_card_whose_tap_was_made_anew_is_plugged_anew(ada: Running) -> None:
    ada.look(nics=(card(1),))
    until(lambda: ada.look().nics == (uuid_of(1),), 30)
    ada.host.unplug(uuid_of(1))
    ada.host.plug(uuid_of(1))
    assert ada.hypervisor.guests()[ADA.id].nics == ()
    until(lambda: ada.look().nics == (uuid_of(1),), 30)
    until(lambda: ada.does("cat /sys/class/net/eth*/address") == card(1).mac, 20)


def test_it_gets_its_share_of_the_processor_and_no_more(ada: Running) -> None:
    ada.does("(while :; do :; done) & true")
    for share, most in [(Cpu(1, 1), 2 / 16 * 1.15), (Cpu(1, 4), 4 / 16)]:
        ada.look(cpu=share)
        used, throttled = use(ada, 6)
        assert 0.5 * most < used <= 1.05 * most
        assert throttled > 0
    ada.look(cpu=Cpu(1))
    assert use(ada, 3)[1] == 0
    ada.does("kill $!")


def use(ada: Running, seconds: float) -> tuple[float, float]:
    """Of a processor, and seconds in which it had to wait for its quota."""
    before, began = ada.hypervisor.usage()[ADA.id], time.monotonic()
    time.sleep(seconds)
    after, took = ada.hypervisor.usage()[ADA.id], time.monotonic() - began
    return (after.cpu_ns - before.cpu_ns) / took / 1e9, (after.cpu_throttled_ns - before.cpu_throttled_ns) / 1e9


def test_it_does_not_notice_that_libvirtd_died(ada: Running) -> None:
    ada.does("mark=alive")
    os.kill(ada.host.process_of("libvirtd"), signal.SIGKILL)
    ada.host.ensure()
    assert ada.does("echo $mark") == "alive"
    assert ada.look().state == "running"


def test_it_goes_on_where_it_was_after_pause_and_suspend(ada: Running) -> None:
    ada.does("mark=alive")
    for power in ("paused", "suspended"):
        assert ada.look(power=power).state == power
        assert ada.look(power="running").state == "running"
        assert ada.does("echo $mark") == "alive"


def test_a_soft_reboot_keeps_what_it_wrote(ada: Running) -> None:
    ada.does("echo kept > /root/note")
    ada.look(turn=2, gently=True)
    until(lambda: ada.look().turn == 2)
    ada.comes_up(times=2)
    assert "going down" in ada.said()
    assert ada.does("cat /root/note") == "kept"


def test_it_stays_off_when_it_powers_itself_off_until_it_is_started_again(ada: Running) -> None:
    with ada.terminal() as terminal:
        terminal.write(b"poweroff\n")
        until(lambda: ada.look().state == "halted")
    assert ada.look().state == "halted"
    assert ada.look(turn=3).state == "running"
