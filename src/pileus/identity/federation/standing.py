"""Whether what a federated token stands on still stands: its identity provider, and the protocol its user came by."""

from __future__ import annotations

from sqlalchemy import bindparam, column, select, table

from pileus.kernel.store import Tx

_PROVIDERS = table("identity_providers", column("id"), column("enabled"))
_PROTOCOLS = table("identity_protocols", column("id"), column("provider_id"))
_STANDS = (
    select(_PROVIDERS.c.enabled)
    .join(_PROTOCOLS, _PROTOCOLS.c.provider_id == _PROVIDERS.c.id)
    .where(_PROVIDERS.c.id == bindparam("provider_id"), _PROTOCOLS.c.id == bindparam("protocol_id"))
)


def stands(tx: Tx, provider_id: str, protocol_id: str) -> bool:
    """Whether people may still come from a provider by a protocol."""
    return bool(tx.value(_STANDS, provider_id=provider_id, protocol_id=protocol_id))
