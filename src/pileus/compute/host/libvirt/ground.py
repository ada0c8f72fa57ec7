"""What of this machine shapes its guests and what it can give: found out once, when the driver is made."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pileus.compute.host import calibrate
from pileus.compute.host.libvirt import kvm
from pileus.compute.host.spec import Capacity


@dataclass(frozen=True)
class Ground:
    """What a definition depends on."""

    kvm: bool
    ecu_per_core: int
    direct: bool = True
    """Whether the file system under the guests' disks takes O_DIRECT."""
    because: str = ""
    """Why not KVM."""
    user: str = "libvirt-qemu"
    """Who QEMU runs as."""
    control_groups: int = 1
    """Their version."""


def survey(place: Path, kernel: Path | None) -> Ground:
    """Tries and measures this machine, or recalls it from files in `place`; up to some seconds the first time.

    KVM is tried with `kernel`; where none is given, with the machine's own if it has one.
    """
    place.mkdir(mode=0o711, parents=True, exist_ok=True)
    own = Path(f"/boot/vmlinuz-{os.uname().release}")
    found = kvm.verdict(place / "kvm.json", kernel or (own if own.exists() else None))
    core = calibrate.calibration(place / "calibration.json")
    direct, groups = _takes_direct(place), control_groups(Path("/sys/fs/cgroup"))
    return Ground(found.works, core.ecu_per_core, direct, found.because, control_groups=groups)


def control_groups(root: Path) -> int:
    """The version that governs guests: the tree of version 2 has this file at its root (cgroups(7))."""
    return 2 if (root / "cgroup.controllers").exists() else 1


def _takes_direct(place: Path) -> bool:
    file = place / "direct"
    try:
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_DIRECT, 0o600))
    except OSError:
        return False
    finally:
        file.unlink(missing_ok=True)
    return True


def capacity(place: Path, ground: Ground, version: int) -> Capacity:
    """The machine's totals, and what is in use now.  `version` is the hypervisor's, in libvirt's way of counting."""
    memory = {name: int(rest.split()[0]) >> 10 for name, rest in _lines_of("/proc/meminfo")}
    disk = shutil.disk_usage(place)
    model, processors = calibrate.cpu_model(), calibrate.usable_processors()
    return Capacity(
        vcpus=processors,
        memory_mib=memory["MemTotal"],
        disk_gib=disk.total >> 30,
        ecu=ground.ecu_per_core * processors,
        ecu_per_core=ground.ecu_per_core,
        ecu_per_core_by_table=calibrate.by_table(model),
        cpu_model=model,
        hypervisor_version=version,
        virt="kvm" if ground.kvm else "tcg",
        because=ground.because,
        memory_used_mib=memory["MemTotal"] - memory["MemAvailable"],
        disk_used_gib=disk.used >> 30,
        load=os.getloadavg(),
        up_since=_up_since().isoformat(),
        users=_sessions(Path("/run/utmp")),
    )


def _up_since() -> datetime:
    """When this machine was switched on, UTC: `btime` of proc(5)."""
    lines = Path("/proc/stat").read_text().splitlines()
    seconds = next(int(line.split()[1]) for line in lines if line.startswith("btime "))
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


UTMP_RECORD, USER_PROCESS = 384, 7
"""utmp(5) on 64-bit Linux: bytes of a record, whose first two say what it is of."""


def _sessions(utmp: Path) -> int:
    try:
        records = utmp.read_bytes()
    except OSError:  # a system may do without it
        return 0
    kinds = [int.from_bytes(records[at : at + 2], "little") for at in range(0, len(records), UTMP_RECORD)]
    return kinds.count(USER_PROCESS)


def _lines_of(file: str) -> list[tuple[str, str]]:
    return [(name, rest) for name, _, rest in (line.partition(":") for line in Path(file).read_text().splitlines())]
