"""What of a domain's options is told."""

from __future__ import annotations

from pileus.identity.domains.options import SECRETS, shown


def test_secrets_are_left_out_and_everything_else_is_told():
    config = {"ldap": {"url": "ldap://x", "password": "hunter2"}, "identity": {"driver": "ldap"}}
    assert shown(config) == {"ldap": {"url": "ldap://x"}, "identity": {"driver": "ldap"}}
    assert "password" in SECRETS["ldap"]
