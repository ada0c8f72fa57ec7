"""Policies over the wire."""

from __future__ import annotations

from tests.asking import Asker


def test_a_policy_is_kept_shown_changed_and_forgotten(admin: Asker, alice: Asker):
    policy = admin("POST /policies", {"policy": {"type": "text/plain", "blob": "all", "note": 1}}).body["policy"]
    assert policy == {
        "id": policy["id"],
        "type": "text/plain",
        "blob": "all",
        "note": 1,
        "links": {"self": f"http://cloud.test/identity/v3/policies/{policy['id']}"},
    }
    path = f"/policies/{policy['id']}"
    assert admin(f"GET {path}").body["policy"] == policy
    assert admin("GET /policies?type=text/plain").body["policies"] == [policy]
    assert admin("GET /policies?type=other").body["policies"] == []
    assert admin(f"PATCH {path}", {"policy": {"blob": "none"}}).body["policy"]["blob"] == "none"
    assert admin("POST /policies", {"policy": {"type": "text/plain"}}).code == 400
    assert alice("GET /policies").code == 403
    assert alice(f"GET {path}").code == 403
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404
