"""How much CPU a flavor is worth, by its extra spec `quota:ecu`: ECU for each of its VCPUs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.compute.host.spec import Cpu

SPEC = "quota:ecu"


def ecu_per_vcpu(flavor: Mapping[str, Any]) -> int | None:
    """ECU for each VCPU, or None where the flavor does not say (then it weighs as one, without a ceiling)."""
    text = flavor["extra_specs"].get(SPEC, "")
    return int(text) if text.isdecimal() and int(text) > 0 else None


def total_ecu(flavor: Mapping[str, Any]) -> int:
    """ECU of the whole flavor."""
    return Cpu(flavor["vcpus"], ecu_per_vcpu(flavor)).ecu
