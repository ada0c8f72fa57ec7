"""The ECU: a fixed amount of CPU, and what it means for the control groups of a guest.

A core of an Intel E5-2650 is worth 4.  A guest of n VCPUs with e ECU each weighs n times e against its neighbours, and
may use no more than that of an idle host either, except that small guests get a little on top.
"""

from __future__ import annotations

from dataclasses import dataclass

from pileus.compute.host.spec import Cpu

PERIOD = 100_000
"""Microseconds in which a quota is used up and given anew."""

SHARES = 1024
"""Weight of one ECU: the kernel's own for one ordinary process."""

HEAVIEST = {1: 262_144, 2: 10_000}
"""What the kernel takes at most as `cpu.shares` of version 1, and as `cpu.weight` of version 2 of control groups."""

NORMAL = 100
"""`cpu.weight` of one ordinary process in version 2."""

SMALL = 4
"""A guest of fewer ECU in all may use one more per VCPU while the host has it to spare."""

GENEROSITY = (1.2, 1.15, 1.1)
"""What is added to the ceiling of 1, 2 and 3 ECU per VCPU; nothing from 4 on."""


@dataclass(frozen=True)
class Share:
    """What a guest may use of its host's processor, in the words of the cpu controller."""

    shares: int
    quota: int | None
    """Microseconds per period, for each VCPU; None is no ceiling."""
    period: int = PERIOD

    def weight(self, version: int) -> int:
        """The shares as control groups of a version count them: libvirt hands the number on and refuses larger ones."""
        return min(self.shares if version == 1 else self.shares * NORMAL // SHARES, HEAVIEST[version])


def share(vcpus: int, ecu_per_vcpu: int | None, ecu_per_core: int) -> Share:
    """The guest's weight, and its ceiling on a host whose core is worth `ecu_per_core`.

    >>> share(vcpus=2, ecu_per_vcpu=3, ecu_per_core=4)
    Share(shares=6144, quota=82500, period=100000)
    """
    weight = Cpu(vcpus, ecu_per_vcpu).ecu * SHARES
    if ecu_per_vcpu is None or ecu_per_core < 1:
        return Share(weight, None)
    return Share(weight, _quota(ecu_per_vcpu, weight // SHARES, ecu_per_core))


def _quota(ecu_per_vcpu: int, ecu: int, ecu_per_core: int) -> int:
    allowed = ecu_per_vcpu + (1 if ecu < SMALL else 0)
    generosity = GENEROSITY[allowed - 1] if allowed <= len(GENEROSITY) else 1.0
    # Truncated from floating point in this order, as the platform this comes from did: 2 of 4 gives 57499.
    return int(min(PERIOD, allowed / ecu_per_core * PERIOD * generosity))
