"""What other services ask identity for."""

from __future__ import annotations

import stat

from pileus import identity
from pileus.identity.auth.keys import CredentialKeys, TokenKeys
from tests.identity.small_cloud import SmallCloud


def test_projects_and_users_are_known_by_their_ids(cloud: SmallCloud):
    found = cloud.store.read(identity.project, cloud.project_id("web"))
    assert found is not None
    assert found["name"] == "web"
    person = cloud.store.read(identity.user, cloud.user_id("alice"))
    assert person is not None
    assert person["name"] == "alice"
    assert cloud.store.read(identity.project, "nowhere") is None
    assert cloud.store.read(identity.user, "nobody") is None


def test_the_parts_have_keys_of_their_own_kinds(cloud: SmallCloud):
    directory = cloud.directory / "keys"
    assert cloud.store.part(TokenKeys).directory == directory / "tokens"
    assert cloud.store.part(CredentialKeys).directory == directory / "credentials"
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in directory.glob("*/*"))


def test_token_keys_are_rotated_by_the_operator(cloud: SmallCloud):
    alice = cloud.member("alice")
    before = {path.name for path in (cloud.directory / "keys" / "tokens").iterdir()}
    identity.rotate_token_keys(cloud.directory / "keys")
    after = {path.name for path in (cloud.directory / "keys" / "tokens").iterdir()}
    assert (before, after) == ({"0", "1"}, {"0", "1", "2"})
    assert alice("GET /auth/projects").code == 200
