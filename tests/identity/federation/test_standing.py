"""Whether people may still come from somewhere."""

from __future__ import annotations

from pileus.identity.federation.standing import stands
from tests.identity.federation.federated import Federation


def test_a_provider_stands_while_it_is_enabled_and_has_the_protocol(federation: Federation):
    def standing(protocol_id: str = "openid") -> bool:
        return federation.cloud.store.read(stands, "acme", protocol_id)

    assert standing()
    assert not standing("other")
    federation.admin("PATCH /OS-FEDERATION/identity_providers/acme", {"identity_provider": {"enabled": False}})
    assert not standing()
