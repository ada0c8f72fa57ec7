"""A guest's spec as libvirt's domain XML: pure, and built as a tree, so that no value can become markup."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree

from pileus.compute.host import ecu
from pileus.compute.host.hypervisor import Promise
from pileus.compute.host.libvirt import console
from pileus.compute.host.libvirt.disks import CONFIG_DRIVE, KERNEL, RAMDISK, file_of
from pileus.compute.host.libvirt.ground import Ground
from pileus.compute.host.spec import Guest, Nic, tap_of

NAMESPACE = "https://pileus.cloud/xmlns/guest/1"
"""Marks a domain as ours; others on the same libvirt are never touched."""

ALIAS = "ua-port-"
"""Libvirt keeps aliases that begin with `ua-` as they are given."""

ARGUMENTS = "root=/dev/vda console=tty0 console=ttyS0 no_timer_check"
"""What every kernel booted from an image is told.  Without the last a guest may hang under TCG on its 8254 timer."""

TRANSLATIONS_MIB = 32
"""QEMU's cache of translated code, of which it would take 1 GiB without a word: 40 MiB less for each small guest."""


_NONE: Mapping[str, Promise] = MappingProxyType({})


def domain_xml(guest: Guest, folder: Path, ground: Ground, leaning: Mapping[str, Promise] = _NONE) -> str:
    """The definition of a guest whose files lie in `folder`; `leaning` are those of them that lie on a promise."""
    domain = _element("domain", type="kvm" if ground.kvm else "qemu")
    _add(domain, "name", guest.id)
    _add(domain, "uuid", guest.id)
    _add(domain, "title", "".join(letter if letter.isprintable() else " " for letter in guest.name))
    _add(_add(domain, "metadata"), f"{{{NAMESPACE}}}guest")
    _add(domain, "memory", str(guest.memory_mib), unit="MiB")
    _add(domain, "vcpu", str(guest.cpu.vcpus))
    _add_cpu_tuning(domain, guest, ground)
    _add_system(domain, guest, folder)
    _add_machine(domain, ground)
    _add_devices(domain, guest, folder, ground)
    for file, promise in leaning.items():
        _lean(domain, folder / file, promise)
    return ElementTree.tostring(domain, encoding="unicode")


def _element(tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.Element(tag, attributes)


def _add(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag, attributes)
    child.text = text or None
    return child


def scheduling(guest: Guest, ground: Ground) -> dict[str, int]:
    """The guest's share of the processor in libvirt's words; the same for the definition and for a live change.

    Each VCPU has the quota, and all of the guest together (with what emulates its devices) has it once per VCPU.
    """
    share = ecu.share(guest.cpu.vcpus, guest.cpu.ecu_per_vcpu, ground.ecu_per_core)
    quota, every = (share.quota, share.quota * guest.cpu.vcpus) if share.quota else (-1, -1)
    return {
        "cpu_shares": share.weight(ground.control_groups),
        "vcpu_period": share.period,
        "vcpu_quota": quota,
        "global_period": share.period,
        "global_quota": every,
    }


def _add_cpu_tuning(domain: ElementTree.Element, guest: Guest, ground: Ground) -> None:
    words = {"cpu_shares": "shares", "vcpu_period": "period", "vcpu_quota": "quota"}
    tuning = _add(domain, "cputune")
    for name, value in scheduling(guest, ground).items():
        _add(tuning, words.get(name, name), str(value))


def _add_system(domain: ElementTree.Element, guest: Guest, folder: Path) -> None:
    """What boots.  The BIOS speaks on the serial console, so that a disk without a system says so where it is read."""
    bios = _add(domain, "sysinfo", type="smbios")
    system = _add(bios, "system")
    for name, value in {
        "manufacturer": "OpenStack Foundation",
        "product": "OpenStack Nova",  # by which cloud-init knows where it is
        "serial": guest.id,
        "uuid": guest.id,
        "family": "Virtual Machine",
    }.items():
        _add(system, "entry", value, name=name)
    boots = _add(domain, "os")
    _add(boots, "type", "hvm", arch="x86_64", machine="pc")
    if guest.boot:
        _add(boots, "kernel", str(folder / KERNEL))
        if guest.boot.ramdisk:
            _add(boots, "initrd", str(folder / RAMDISK))
        _add(boots, "cmdline", f"{ARGUMENTS} {guest.boot.arguments}".strip())
    else:
        _add(boots, "boot", dev="hd")
    _add(boots, "bios", useserial="yes")
    _add(boots, "smbios", mode="sysinfo")


def _add_machine(domain: ElementTree.Element, ground: Ground) -> None:
    features = _add(domain, "features")
    _add(features, "acpi")
    _add(features, "apic")
    if ground.kvm:
        _add(domain, "cpu", mode="host-model")
    else:
        _add(_add(features, "tcg"), "tb-cache", str(TRANSLATIONS_MIB), unit="MiB")
        _add(domain, "cpu", mode="maximum")
    _add(domain, "clock", offset="utc")
    for event, action in {"poweroff": "destroy", "reboot": "restart", "crash": "destroy"}.items():
        _add(domain, f"on_{event}", action)


def _add_devices(domain: ElementTree.Element, guest: Guest, folder: Path, ground: Ground) -> None:
    devices = _add(domain, "devices")
    _add(devices, "controller", type="usb", model="none")  # its polling is what an idle guest costs most
    for letter, disk in zip("abcdefghijklmnopqrstuvwxy", guest.disks, strict=False):
        form = file_of(disk).rpartition(".")[2]
        _add_disk(devices, folder / file_of(disk), letter, ground, type=form, discard="unmap")
    if guest.config_drive:
        _add(_add_disk(devices, folder / CONFIG_DRIVE, "z", ground, type="raw"), "readonly")
    for card in guest.nics:
        devices.append(interface(card))
    serial = _add(devices, "serial", type="pty")
    _add(serial, "log", file=str(folder / console.FILE), append="on")
    _add(serial, "target", port="0")
    _add(_add(devices, "channel", type="unix"), "target", type="virtio", name="org.qemu.guest_agent.0")
    balloon = _add(devices, "memballoon", model="virtio", freePageReporting="on")
    _add(balloon, "stats", period="10")
    _add(_add(devices, "rng", model="virtio"), "backend", "/dev/urandom", model="random")
    _add(devices, "panic", model="isa")


def cache_of(ground: Ground) -> dict[str, str]:
    """How QEMU reads and writes the file of a disk."""
    return {"cache": "none", "io": "native"} if ground.direct else {"cache": "writeback", "io": "threads"}


def _add_disk(
    devices: ElementTree.Element, file: Path, letter: str, ground: Ground, **driver: str
) -> ElementTree.Element:
    disk = _add(devices, "disk", type="file", device="disk")
    _add(disk, "driver", name="qemu", **cache_of(ground), **driver)
    _add(disk, "source", file=str(file))
    _add(disk, "target", dev=f"vd{letter}", bus="virtio")
    return disk


def _lean(domain: ElementTree.Element, file: Path, promise: Promise) -> None:
    """What is served lies below the disk.  Should it fail, the guest stands still until it is made to go on."""
    for disk in domain.iterfind("devices/disk"):
        source, driver = disk.find("source"), disk.find("driver")
        if source is None or driver is None or source.get("file") != str(file):
            continue
        driver.set("error_policy", "stop")
        driver.set("rerror_policy", "stop")
        below = _element("backingStore", type="network")
        _add(below, "format", type="qcow2" if promise.image.format == "qcow2" else "raw")
        served = _add(below, "source", protocol="nbd", name=promise.export)
        _add(served, "host", transport="unix", socket=promise.socket)
        _add(below, "backingStore")
        disk.insert(list(disk).index(source) + 1, below)


def interface(card: Nic) -> ElementTree.Element:
    """A network card on a tap that others made and keep; its alias names the port, so that it is found again."""
    element = _element("interface", type="ethernet")
    _add(element, "mac", address=card.mac)
    _add(element, "target", dev=tap_of(card.port_id), managed="no")
    _add(element, "model", type="virtio")
    _add(element, "mtu", size=str(card.mtu))
    _add(element, "rom", enabled="no")  # nothing boots from the network here, and looking for it takes a second
    _add(element, "alias", name=f"{ALIAS}{card.port_id}")
    return element
