"""Domain XML, made from a spec and nothing else."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from pileus.compute.host.hypervisor import Promise
from pileus.compute.host.libvirt.define import domain_xml, interface
from pileus.compute.host.libvirt.ground import Ground
from pileus.compute.host.spec import Boot, Cpu, Disk, Guest
from tests.compute.host.specs import KERNEL, ROOT, card, guest, image, uuid_of

FOLDER = Path("/guests/one")
TCG = Ground(kvm=False, ecu_per_core=4)
GUEST = guest(nics=(card(1),), config_drive=True, disks=(ROOT, Disk("ephemeral", 16, 1), Disk("swap", 8)))


def defined(wanted: Guest = GUEST, on: Ground = TCG) -> ElementTree.Element:
    return ElementTree.fromstring(domain_xml(wanted, FOLDER, on))


def text(tree: ElementTree.Element, path: str) -> str | None:
    return tree.findtext(path)


def values(tree: ElementTree.Element, path: str, name: str) -> list[str | None]:
    return [each.get(name) for each in tree.iterfind(path)]


def test_a_domain_is_named_by_the_guests_identifier() -> None:
    tree = defined()
    assert text(tree, "name") == text(tree, "uuid") == GUEST.id


@pytest.mark.parametrize("name", ["</title><on_crash>", "&amp; \x00\x07\n", "\ud800", "日本"])
def test_a_name_is_text_that_xml_can_hold(name: str) -> None:
    tree = defined(replace(GUEST, name=name))
    assert (text(tree, "title") or "").isprintable()
    assert text(tree, "on_crash") == "destroy"


def test_disks_come_in_order_and_the_config_drive_last() -> None:
    tree = defined()
    assert values(tree, "devices/disk/target", "dev") == ["vda", "vdb", "vdc", "vdz"]
    assert values(tree, "devices/disk/driver", "type") == ["qcow2", "raw", "raw", "raw"]
    assert values(tree, "devices/disk/source", "file")[0] == "/guests/one/root0.qcow2"


def test_the_format_of_a_disk_is_always_said() -> None:
    assert None not in values(defined(), "devices/disk/driver", "type")


def test_a_disk_on_a_promise_says_what_lies_below_and_stands_still_when_that_fails() -> None:
    promise = Promise(image("root.raw"), "/cache/x", "/run/nbd.sock", "ab" * 32)
    tree = ElementTree.fromstring(domain_xml(GUEST, FOLDER, TCG, {"root0.qcow2": promise}))
    assert values(tree, "devices/disk/driver", "rerror_policy") == ["stop", None, None, None]
    assert values(tree, "devices/disk/backingStore/source", "name") == ["ab" * 32]
    assert values(tree, "devices/disk/backingStore/source/host", "socket") == ["/run/nbd.sock"]
    assert values(tree, "devices/disk/backingStore/format", "type") == ["raw"]


def test_without_direct_access_the_page_cache_is_used() -> None:
    assert set(values(defined(), "devices/disk/driver", "cache")) == {"none"}
    assert set(values(defined(on=Ground(False, 4, direct=False)), "devices/disk/driver", "cache")) == {"writeback"}


def test_a_card_hangs_on_the_ports_tap_and_is_found_by_its_port() -> None:
    tree = interface(card(1))
    target, alias, mtu = tree.find("target"), tree.find("alias"), tree.find("mtu")
    assert target is not None
    assert alias is not None
    assert mtu is not None
    assert target.attrib == {"dev": "tap00000001-00", "managed": "no"}
    assert alias.get("name") == f"ua-port-{uuid_of(1)}"
    assert mtu.get("size") == "1450"


def test_a_kernel_is_told_what_every_kernel_is_and_then_its_own() -> None:
    tree = defined(replace(GUEST, boot=Boot(image("k", "aki"), arguments='quiet x="<y>"')))
    assert text(tree, "os/kernel") == "/guests/one/kernel"
    assert text(tree, "os/initrd") is None
    cmdline = text(tree, "os/cmdline") or ""
    assert "no_timer_check" in cmdline
    assert cmdline.endswith('quiet x="<y>"')


def test_without_kernel_the_disk_boots() -> None:
    tree = defined(replace(GUEST, boot=None))
    assert values(tree, "os/boot", "dev") == ["hd"]
    assert text(tree, "os/kernel") is None


def test_the_share_of_the_processor_is_the_formulas() -> None:
    tree = defined(replace(GUEST, cpu=Cpu(2, 3)))
    shown = {name: text(tree, f"cputune/{name}") for name in ("shares", "period", "quota", "global_quota")}
    assert shown == {"shares": "6144", "period": "100000", "quota": "82500", "global_quota": "165000"}
    assert text(defined(guest(cpu=Cpu(2, 3)), on=Ground(False, 4, control_groups=2)), "cputune/shares") == "600"


def test_a_guest_without_ecu_has_no_ceiling() -> None:
    assert (text(defined(), "cputune/quota"), text(defined(), "cputune/global_quota")) == ("-1", "-1")


def test_tcg_has_a_bounded_cache_and_kvm_the_hosts_processor() -> None:
    assert text(defined(), "features/tcg/tb-cache") == "32"
    kvm = defined(on=Ground(True, 4))
    assert kvm.get("type") == "kvm"
    assert values(kvm, "cpu", "mode") == ["host-model"]
    assert kvm.find("features/tcg") is None


def test_the_guest_can_tell_that_it_is_in_a_cloud() -> None:
    told = {each.get("name"): each.text for each in defined().iterfind("sysinfo/system/entry")}
    assert told["product"] == "OpenStack Nova"
    assert told["uuid"] == GUEST.id


def test_the_console_is_added_to_never_emptied() -> None:
    assert values(defined(), "devices/serial/log", "append") == ["on"]


def test_a_ramdisk_is_given_where_there_is_one() -> None:
    assert text(defined(replace(GUEST, boot=KERNEL)), "os/initrd") == "/guests/one/ramdisk"
