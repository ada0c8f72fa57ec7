"""Placement: who has how much of what, and who holds it, as the Placement API speaks of it.

The door.  Compute makes hosts known with `register`, and lets `choose` pick one and claim of it in the transaction
that sets a server's host; `release` gives it back.
"""

from __future__ import annotations

from pileus.placement import (  # registers the routes
    aggregates,
    allocations,
    candidates,
    inventories,
    providers,
    reshaper,
    resource_classes,
    usages,
)
from pileus.placement.api import placement
from pileus.placement.choice.choosing import Choice, choose, look
from pileus.placement.choice.needs import Alternative, Group, Host, Needs, resources
from pileus.placement.choice.wording import sentence
from pileus.placement.claims import Claim, Consumer, claims_of, release, set_claims
from pileus.placement.hosts import Supply, capacities, capacity, register, withdraw
from pileus.placement.names import DISK_GB, ECU, EGRESS, INGRESS, MEMORY_MB, VCPU
from pileus.placement.settings import PlacementSettings
from pileus.placement.stock import Stock
from pileus.placement.traits import provider_traits, traits

__all__ = [
    "DISK_GB",
    "ECU",
    "EGRESS",
    "INGRESS",
    "MEMORY_MB",
    "VCPU",
    "Alternative",
    "Choice",
    "Claim",
    "Consumer",
    "Group",
    "Host",
    "Needs",
    "PlacementSettings",
    "Stock",
    "Supply",
    "aggregates",
    "allocations",
    "candidates",
    "capacities",
    "capacity",
    "choose",
    "claims_of",
    "inventories",
    "look",
    "placement",
    "provider_traits",
    "providers",
    "register",
    "release",
    "reshaper",
    "resource_classes",
    "resources",
    "sentence",
    "set_claims",
    "traits",
    "usages",
    "withdraw",
]
