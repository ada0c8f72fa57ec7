"""Settings of the fleet."""

from __future__ import annotations

import msgspec


class FleetSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the cloud keeps watch over its hosts."""

    down_after_seconds: float = 15.0
    """A host whose heart has not beaten so long is down."""
    zone: str = "nova"
    """The availability zone of hosts that name none."""
