"""Whatever somebody damages is seen and repaired; whatever stands is adopted."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pileus.network.host.spec import Rule
from pileus.network.host.switch import bridge_name, tap_name
from pileus.network.host.wanted import Wanted
from tests.hosts.namespaces import Guest, links
from tests.hosts.network.switched import HOME, OPEN, Host
from tests.network.host.specs import group, port, wanted

pytestmark = pytest.mark.hosts


def ping_each(host: Host) -> tuple[Wanted, Guest]:
    one, two = port(1, groups=(OPEN.id,)), port(2, groups=(OPEN.id,))
    host.hold(HOME, one, two, OPEN)
    host.guest(one)
    return wanted(HOME, one, two, OPEN), host.guest(two)


@pytest.mark.parametrize(
    "damage",
    [
        "nft flush ruleset",
        "nft flush chain inet pileus_guard sending",
        "nft delete table bridge pileus_spoof",
        "nft add table inet somebody; nft flush set bridge pileus_spoof macs",
        f"ip link del {tap_name(port(3).id)}",
        f"ip link set {tap_name(port(1).id)} nomaster",
        f"ip link set {tap_name(port(1).id)} down",
        f"ip link set {tap_name(port(1).id)} mtu 1000",
        f"ip link del {bridge_name(HOME.id)}",
        f"ip link set {bridge_name(HOME.id)} down",
        f"ip link set {bridge_name(HOME.id)} type bridge nf_call_iptables 0",
        f"ip addr flush dev {bridge_name(HOME.id)}",
        "P=$(cat */dhcp/*/pid); kill -9 $P; tail --pid=$P -f /dev/null",
        "rm */dhcp/*/served",
    ],
)
def test_damage_is_seen_and_repaired(host: Host, damage: str) -> None:
    all, guest = ping_each(host)
    all = msgspec.structs.replace(all, ports={**all.ports, port(3).id: port(3)})
    host.converge(all)
    assert host.converge(all).acted == 0
    host.space.run(f"cd {host.directory.parent}; {damage}")
    assert host.converge(all).acted > 0
    assert host.converge(all).acted == 0
    assert guest.pings("10.1.0.11")
    assert guest.pings("10.1.0.2")
    assert guest.leases()["ip"] == "10.1.0.12"


def test_a_new_agent_adopts_what_stands(host: Host) -> None:
    all, guest = ping_each(host)
    before = host.space.run("ip -o link; cat " + str(host.directory) + "/dhcp/*/pid")
    host.restart()
    assert host.converge(all).acted == 1, "only the rules, which nobody can vouch for, are loaded anew"
    assert host.space.run("ip -o link; cat " + str(host.directory) + "/dhcp/*/pid") == before
    assert guest.pings("10.1.0.11")


def test_anothers_devices_and_tables_are_left_alone(host: Host) -> None:
    host.space.run(
        "ip link add br-elsewhere type bridge; ip tuntap add tapdeadbeef-00 mode tap; nft add table inet somebody"
    )
    ping_each(host)
    host.hold()
    assert set(links(host.space)) == {"lo", "br-elsewhere", "tapdeadbeef-00"}
    assert "table inet somebody" in host.space.run("nft list tables")


def test_one_port_more_touches_only_its_part(host: Host) -> None:
    naming = group(1, Rule("ingress", remote_group=group(1).id), members=("10.1.0.11",))
    host.hold(HOME, port(1, groups=(naming.id,)), naming)
    watch = host.space.started("nft", "monitor")
    host.space.run("sleep 0.3")
    more = msgspec.structs.replace(naming, members=("10.1.0.11", "10.1.0.12"))
    host.hold(HOME, port(1, groups=(naming.id,)), port(2, groups=(naming.id,)), more)
    host.space.run("sleep 0.3")
    watch.terminate()
    told = watch.communicate()[0].splitlines()
    assert any("members4" in line and "10.1.0.12" in line for line in told)
    assert not [line for line in told if "delete" in line or port(1).id in line or "10.1.0.11" in line]


def test_dismantling_leaves_nothing(host: Host) -> None:
    ping_each(host)
    number = host.space.run(f"cat {host.directory}/dhcp/*/pid").strip()
    with host.space.entered():
        host.switch.dismantle()
    assert set(links(host.space)) == {"lo"}
    assert host.space.run("nft list ruleset") == ""
    process = Path(f"/proc/{number}/cmdline")
    assert not process.exists() or not process.read_bytes(), "ended, though perhaps nobody has asked how yet"
    assert list((host.directory / "dhcp").iterdir()) == []


def test_a_service_whose_files_were_lost_is_replaced_and_not_doubled(host: Host) -> None:
    all, guest = ping_each(host)
    host.space.run(f"rm -r {host.directory}/dhcp/*")
    host.converge(all)
    assert len(host.space.run("ss -Hlun sport = 67").splitlines()) == 1
    assert guest.leases()["ip"] == "10.1.0.12"
