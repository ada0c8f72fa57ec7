"""Compute: servers and what they are made from, as the Compute API (Nova v2.1) speaks of them.

The door: `guest_seen`, `snapshot_seen`, `SnapshotReceiver` and `capacity_heard` for the fleet, `look_for_silent_hosts`
and `forget_the_long_gone` for the loops, `manifests_in_use` for the collection of chunks.
"""

from __future__ import annotations

from pileus.compute import ecu_quota, extensions, images, keypairs, limits, quotas, usage
from pileus.compute import security_groups as groups_of_projects
from pileus.compute.api import compute
from pileus.compute.flavors import access, flavors, specs
from pileus.compute.loops import forget_the_long_gone, look_for_silent_hosts, manifests_in_use
from pileus.compute.places import aggregates, hosts, hypervisors, services, zones
from pileus.compute.places.capacity import capacity_heard
from pileus.compute.servers import (
    addresses,
    console,
    events,
    interfaces,
    metadata,
    power,
    routes,
    security_groups,
    tags,
)
from pileus.compute.servers.reports import guest_seen
from pileus.compute.snapshots import routes as snapshots
from pileus.compute.snapshots.hearing import SnapshotReceiver, snapshot_seen

__all__ = [
    "SnapshotReceiver",
    "capacity_heard",
    "compute",
    "forget_the_long_gone",
    "guest_seen",
    "look_for_silent_hosts",
    "manifests_in_use",
    "snapshot_seen",
]

ROOMS = (
    *(access, aggregates, ecu_quota, extensions, flavors, groups_of_projects, hosts, hypervisors, keypairs, limits),
    *(images, quotas, services, snapshots, specs, usage),
    *(addresses, console, events, interfaces, metadata, power, routes, security_groups, tags, zones),
)
"""The modules whose routes are this service's."""
