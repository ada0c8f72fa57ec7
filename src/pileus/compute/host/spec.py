"""The contract between the cloud and a host's hypervisor: what is wanted, what is seen.

Specs carry identifiers and quantities, never paths, XML or commands; the agent, which runs as root,
validates each before it acts.  Both sides ignore fields they do not know, so a host one version behind
keeps working.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

Power = Literal["running", "stopped", "paused", "suspended"]
State = Literal[
    "queued", "building", "running", "stopped", "halted", "paused", "suspended", "crashed", "failed", "gone"
]
"""`stopped`: at our hands, or cut short with the machine; wanted running, it is started.  `halted`: the guest powered
itself off, and `crashed`: it died; both stay so until a higher `turn` asks for another start."""
Role = Literal["root", "ephemeral", "swap"]
Format = Literal["raw", "qcow2", "aki", "ari", "ami"]
"""How the bytes of a bootable image lie."""


class ImageRef(msgspec.Struct, frozen=True):
    """An image as a host needs it: whose bytes, how many, and in which format they lie."""

    id: str
    format: Format
    size: int
    """Bytes as uploaded."""
    manifest: str
    """Address (blake3, hex) of the list of chunks."""
    lazy: bool = True
    """Whether a guest may begin before all of it is on its host."""


class Disk(msgspec.Struct, frozen=True):
    """One disk of a guest, grown to `size_mib` when it is made."""

    role: Role
    size_mib: int
    index: int = 0
    image: ImageRef | None = None
    """What lies below it; None is an empty disk."""


class Nic(msgspec.Struct, frozen=True):
    """A network card; its tap is made by the network part of the host under the port's id."""

    port_id: str
    network_id: str
    mac: str
    mtu: int = 1500


class Cpu(msgspec.Struct, frozen=True):
    """What a guest may use of the processor: see `ecu.py` for the formula."""

    vcpus: int
    ecu_per_vcpu: int | None = None
    """None: one ECU per VCPU of weight, and no ceiling."""

    @property
    def ecu(self) -> int:
        """What it counts for in all, in placement and against its neighbours."""
        return self.vcpus * (self.ecu_per_vcpu or 1)


class Boot(msgspec.Struct, frozen=True):
    """A kernel and ramdisk from images; a guest without it boots from its root disk."""

    kernel: ImageRef
    ramdisk: ImageRef | None = None
    arguments: str = ""


class File(msgspec.Struct, frozen=True):
    """A file the guest finds among its metadata and puts where it belongs."""

    path: str
    """Where, in the guest: to the host a text like any other."""
    contents: str
    """Base64."""


class Guest(msgspec.Struct, frozen=True):
    """A guest the cloud wants on this host, whole."""

    id: str
    name: str
    power: Power
    cpu: Cpu
    memory_mib: int
    disks: tuple[Disk, ...] = ()
    nics: tuple[Nic, ...] = ()
    boot: Boot | None = None
    turn: int = 0
    """Raised by every start and reboot a user asks for; a higher number than was seen asks for one more."""
    gently: bool = False
    """Whether that reboot, or the stop that `power` wants, asks the guest first (soft) or pulls the plug (hard)."""
    patience: int = 60
    """Seconds a guest has to stop after it was asked to, before the plug is pulled."""
    config_drive: bool = False
    metadata: dict[str, Any] = {}
    """meta_data.json as the guest reads it, less what the host adds (`network_data` is beside it)."""
    network_data: dict[str, Any] = {}
    ec2: dict[str, str] = {}
    """What only the EC2 form tells: `instance-type`, `local-ipv4`, `public-ipv4`, `security-groups` …"""
    user_data: str = ""
    """Base64, as given."""
    files: tuple[File, ...] = ()
    project_id: str = ""
    version: int = 1


class Snapshot(msgspec.Struct, frozen=True):
    """An order: send what lies on a guest's root disk, as it is at one moment, to the cloud."""

    id: str
    """Of the image that it is to become."""
    guest_id: str
    disk: Disk
    version: int = 1


class SeenSnapshot(msgspec.Struct, frozen=True):
    """What a host says of a snapshot."""

    id: str
    guest_id: str
    state: Literal["waiting", "preparing", "reading", "sending", "done", "failed"]
    because: str = ""
    """A sentence for the owner when it has failed."""
    read_bytes: int = 0
    """Of the disk, to find what changed."""
    sent_bytes: int = 0
    """Of chunks that the cloud did not have."""


class SeenGuest(msgspec.Struct, frozen=True):
    """What a host says of one guest."""

    id: str
    state: State
    turn: int = 0
    nics: tuple[str, ...] = ()
    """Identifiers of the ports whose cards are plugged."""
    because: str = ""
    """A sentence for the owner when the state is `crashed` or `failed`."""
    read_metadata: bool = False
    """Whether the guest has asked for its metadata since it was made: its system really booted."""
    started_at: str = ""
    """ISO 8601, UTC: the last time it was powered on."""
    leans: Literal["", "promised", "whole"] = ""
    """Whether its root disk leans on an image that is served while it comes, and whether all of that is here by now."""
    definition: str = ""
    """What of its spec the host has made true, as `definition_of` names it; empty where something of it is missing."""


class Usage(msgspec.Struct, frozen=True):
    """Counters of one guest since its start, for `server show --diagnostics` and metrics."""

    id: str
    cpu_ns: int = 0
    cpu_throttled_ns: int = 0
    memory_mib: int = 0
    disk_read_bytes: int = 0
    disk_write_bytes: int = 0
    net_rx_bytes: int = 0
    net_tx_bytes: int = 0


class Capacity(msgspec.Struct, frozen=True):
    """What a host has to give; a host that reports none of a thing is given none of it."""

    vcpus: int = 0
    memory_mib: int = 0
    disk_gib: int = 0
    ecu: int = 0
    ecu_per_core: int = 0
    ecu_per_core_by_table: int = 0
    """What the table says of this CPU model; 0 where it is not in the table."""
    ingress_kbps: int = 0
    egress_kbps: int = 0
    cpu_model: str = ""
    hypervisor: str = "QEMU"
    hypervisor_version: int = 0
    virt: Literal["kvm", "tcg", "fake"] = "tcg"
    because: str = ""
    """Why it is not KVM, where it is not."""
    memory_used_mib: int = 0
    disk_used_gib: int = 0
    address: str = "127.0.0.1"
    load: tuple[float, float, float] = (0.0, 0.0, 0.0)
    up_since: str = ""
    """ISO 8601, UTC: when the machine was switched on; empty where that is not known."""
    users: int = 0
    """Sessions on the machine itself."""


def definition_of(guest: Guest) -> str:
    """A short name for all of a guest that its hypervisor must know: equal names, nothing to change."""
    parts = (guest.cpu, guest.memory_mib, guest.disks, guest.nics, guest.boot, guest.config_drive)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]


def tap_of(port_id: str) -> str:
    """The name of a port's tap on its host (Neutron's convention; a link's name has at most 15 characters)."""
    return f"tap{port_id[:11]}"
