"""What each microversion of the Compute API changed, as named behaviours, newest first.

Changes of shape stand on the fields themselves; here stand changes of behaviour, which rules ask the caller
for by name (`who.can(OTHERS_KEYS)`).
"""

from __future__ import annotations

from pileus.kernel.versions import Versions, capability, span

VERSIONS = Versions("compute", "2.1", "2.104", former_header="X-OpenStack-Nova-API-Version")

STRICT_QUERIES = span(since="2.75")
"""An undeclared query key is refused."""

FLAVOR_NAME_FILTER = capability(since="2.102")
"""Flavors can be listed by a part of their name."""

SWAP_AS_NUMBER = capability(since="2.75")
"""A flavor without swap shows 0; before, an empty text."""

SORTS_CHECKED = capability(since="2.75")
"""Servers are sorted by what is shown of them only; before, other keys were accepted and sorted nothing."""

FLAVOR_SPECS_SHOWN = capability(since="2.61")
"""A flavor shows its extra specs."""

HOSTNAMES_GIVEN = capability(since="2.90")
"""A server's owner chooses its host name, and may seek it."""

MORE_FILTERS = capability(since="2.83")
"""Owners list servers by what only administrators could list them by before (`key_name`, `vm_state` …)."""

WITHOUT_USAGE = capability(since="2.88")
"""Hypervisors no longer say what is used of them: Placement does."""

EVENT_DETAILS = capability(since="2.84")
"""An event says why it failed."""

EVENT_HOSTS = capability(since="2.62")
"""An event says where it happened."""

WITHOUT_FILES = capability(since="2.57")
"""Files can no longer be injected, and have no quota."""

IMAGE_ID_TOLD = capability(since="2.45")
"""Making an image of a server answers its identifier; before, its address as a header."""

STATUSES_CHECKED = capability(since="2.38")
"""A list by a status that does not exist is refused; before, it was empty."""

WITHOUT_IMAGE_META = capability(since="2.39")
"""Image metadata is the image service's, and no longer a limit here."""

SMALL_QUOTAS = capability(since="2.36")
"""What the network service counts is no quota here any more, and its proxies are gone."""

SERVICES_BY_ID = HYPERVISORS_BY_ID = capability(since="2.53")
"""Services and hypervisors are named by UUID; before, by number."""

EVENTS_FOR_ALL = capability(since="2.51")
"""A server's owner sees the events of an action; before, administrators only."""

DIAGNOSTICS_IN_WORDS = capability(since="2.48")
"""Diagnostics have the same names whatever the hypervisor; before, they were the hypervisor's own."""

FLAVOR_SPECS = capability(since="2.47")
"""A server shows what its flavor was when it was made; before, where to find the flavor."""

ACTIONS_OUTLIVE = capability(since="2.21")
"""What was done to a server can be read after its end."""

CPU_AS_OBJECT = capability(since="2.28")
"""A hypervisor's `cpu_info` is an object; before, JSON in a text."""

OTHERS_KEYS = capability(since="2.10")
"""An administrator may act on another user's key pairs by naming `user_id`."""
