"""Settings of placement."""

from __future__ import annotations

import msgspec


class PlacementSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much each consideration weighs when a place is chosen among hosts that all have room."""

    spread: float = 1.0
    """Free room that is left; below zero, hosts are filled one after the other."""
    fitting_cores: float = 0.25
    """Cores that are no faster than the server needs, so that fast ones are kept for those who do."""
    company: float = 1.0
    """What a server group would like (soft affinity and anti-affinity)."""
