"""What each microversion of the Compute API changed, as named behaviours, newest first.

Changes of shape stand on the fields themselves; here stand changes of behaviour, which rules ask the caller
for by name (`who.can(OTHERS_KEYS)`).
"""

from __future__ import annotations

from pileus.kernel.versions import Versions, capability, span

VERSIONS = Versions("compute", "2.1", "2.104", former_header="X-OpenStack-Nova-API-Version")

STRICT_QUERIES = span(since="2.75")
"""An undeclared query key is refused."""

OTHERS_KEYS = capability(since="2.10")
"""An administrator may act on another user's key pairs by naming `user_id`."""
