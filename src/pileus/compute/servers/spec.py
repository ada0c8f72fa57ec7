"""A server's row as the guest its host is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pileus import network
from pileus.compute.flavors.ecu import ecu_per_vcpu
from pileus.compute.host.spec import Boot, Cpu, Disk, File, Guest, ImageRef, Nic
from pileus.kernel.store import Tx

MIB_PER_GIB = 1024

LAZY = "pileus_lazy_boot"
"""The property of an image that says whether its servers may begin before it is on their host."""


def guest_of(tx: Tx, server: Mapping[str, Any]) -> Guest:
    """The guest, whole, as it is wanted now."""
    flavor, image = server["flavor"], server["image"]
    nics = network.nics_of(tx, server["id"])
    return Guest(
        id=server["id"],
        name=server["name"],
        power=server["power"],
        cpu=Cpu(vcpus=flavor["vcpus"], ecu_per_vcpu=ecu_per_vcpu(flavor)),
        memory_mib=flavor["ram"],
        disks=_disks(flavor, image),
        nics=tuple(Nic(one["id"], one["network_id"], one["mac_address"], one["mtu"]) for one in nics),
        boot=_boot(image),
        turn=server["turn"],
        gently=server["gently"],
        config_drive=server["config_drive"],
        metadata=_metadata(server),
        network_data=network.network_data(tx, server["id"]),
        ec2=_ec2(server, nics),
        user_data=server["user_data"] or "",
        files=tuple(File(**one) for one in server["files"]),
        project_id=server["project_id"],
    )


def _disks(flavor: Mapping[str, Any], image: Mapping[str, Any]) -> tuple[Disk, ...]:
    least = -(-(image["virtual_size"] or image["size"]) // 2**20)
    disks = [Disk("root", flavor["disk"] * MIB_PER_GIB or least, image=_reference(image))]
    if flavor["ephemeral"]:
        disks.append(Disk("ephemeral", flavor["ephemeral"] * MIB_PER_GIB))
    if flavor["swap"]:
        disks.append(Disk("swap", flavor["swap"]))
    return tuple(disks)


def _reference(image: Mapping[str, Any]) -> ImageRef:
    """Which bytes a host is to take: those of the disk unpacked, if they are kept: it would unpack what it reads."""
    form, size, manifest = image["disk_format"], image["size"], image["manifest"]
    if image.get("plain_manifest"):
        form, size, manifest = "raw", image["plain_size"], image["plain_manifest"]
    is_lazy = str(image.get(LAZY, "true")).lower() not in ("false", "no", "off", "0")
    return ImageRef(id=image["id"], format=form, size=size, manifest=manifest, lazy=is_lazy)


def _boot(image: Mapping[str, Any]) -> Boot | None:
    if not image.get("kernel"):
        return None
    ramdisk = image.get("ramdisk")
    return Boot(_reference(image["kernel"]), _reference(ramdisk) if ramdisk else None, image.get("os_command_line", ""))


def _ec2(server: Mapping[str, Any], nics: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What only the EC2 form of the metadata tells."""
    held = [one["ip_address"] for nic in nics for one in nic["fixed_ips"] if "." in one["ip_address"]]
    return {
        "instance-type": server["flavor"]["name"],
        "local-ipv4": held[0] if held else "",
        "reservation-id": server["reservation_id"],
        "security-groups": "\n".join(server["asked"]["groups"] or ["default"]),
    }


def _metadata(server: Mapping[str, Any]) -> dict[str, Any]:
    """meta_data.json, as cloud-init and others read it."""
    keys = {server["key_name"]: server["public_key"]} if server["key_name"] else {}
    return {
        "uuid": server["id"],
        "name": server["name"],
        "hostname": server["hostname"],
        "launch_index": server["launch_index"],
        "availability_zone": server["zone"],
        "project_id": server["project_id"],
        "meta": server["metadata"],
        "public_keys": keys,
        "keys": [{"name": name, "type": "ssh", "data": data} for name, data in keys.items()],
        "devices": [],
    }
