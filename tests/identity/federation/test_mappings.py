"""Mappings over the wire."""

from __future__ import annotations

from typing import Any

from pileus.identity.federation.mappings import mappings
from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud

ALL = "/OS-FEDERATION/mappings"
RULES = [{"remote": [{"type": "x", "any_one_of": ["a"], "regex": False}], "local": [{"user": {"name": "{0}"}}]}]


def test_a_mapping_is_kept_as_it_was_given(cloud: SmallCloud, admin: Asker, alice: Asker):
    heard = admin(f"PUT {ALL}/people", {"mapping": {"rules": RULES}})
    made = heard.body["mapping"]
    links = {"self": f"http://cloud.test/identity/v3{ALL}/people"}
    assert heard.code == 201
    assert made == {"id": "people", "rules": RULES, "schema_version": "1.0", "links": links}
    assert admin(f"GET {ALL}/people").body["mapping"] == made
    assert admin(f"GET {ALL}").body["mappings"] == [made]
    given = {"id": "null", "rules": RULES, "schema_version": None}
    null = admin(f"PUT {ALL}/null", {"mapping": given})
    assert admin(f"PUT {ALL}/other", {"mapping": given}).code == 400
    assert null.body["mapping"]["schema_version"] == "1.0"
    admin(f"DELETE {ALL}/null")
    others = [{"remote": [{"type": "y"}], "local": []}]
    changed = admin(f"PATCH {ALL}/people", {"mapping": {"rules": others, "schema_version": "2.0"}}).body["mapping"]
    assert (changed["rules"], changed["schema_version"]) == (others, "2.0")
    assert alice(f"GET {ALL}/people").code == 403
    assert admin(f"PUT {ALL}/people", {"mapping": {"rules": RULES}}).code == 409
    assert admin(f"DELETE {ALL}/people").code == 204
    assert admin(f"GET {ALL}/people").code == 404
    assert cloud.store.read(lambda tx: tx.all(mappings.select())) == []


def test_rules_that_are_not_understood_are_not_kept(admin: Asker):
    fine: dict[str, Any] = {"rules": RULES}
    bodies: list[dict[str, Any]] = [{}, {"rules": []}, {"rules": [1]}, fine | {"schema_version": "9"}, fine | {"x": 1}]
    for body in bodies:
        assert admin(f"PUT {ALL}/people", {"mapping": body}).code == 400
        assert admin(f"GET {ALL}/people").code == 404
