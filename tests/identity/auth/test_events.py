"""Revocation events: each end of tokens is told, to services and administrators, as long as it matters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud


def told(asker: Asker, since: str = "") -> list[dict[str, Any]]:
    """What a service hears, without the moments."""
    heard = asker(f"GET /OS-REVOKE/events{'?since=' + since if since else ''}")
    assert heard.code == 200, heard.content
    return [{k: v for k, v in one.items() if k != "issued_before"} for one in heard.body["events"]]


def test_the_end_of_tokens_is_told(cloud: SmallCloud, admin: Asker, alice: Asker):
    nova, user_id, web = cloud.member("nova"), cloud.user_id("alice"), cloud.project_id("web")
    assert told(nova) == []
    audit_id = nova("GET /auth/tokens", headers={"x-subject-token": alice.token}).body["token"]["audit_ids"][0]
    assert alice("DELETE /auth/tokens", headers={"x-subject-token": alice.token}).code == 204
    assert told(nova) == [{"audit_id": audit_id}]
    reader = f"/projects/{web}/users/{user_id}/roles/{cloud.role_id('member')}"
    acts: list[tuple[str, Any, dict[str, str]]] = [
        (f"DELETE {reader}", None, {"user_id": user_id, "project_id": web}),
        (f"PATCH /projects/{web}", {"project": {"enabled": False}}, {"project_id": web}),
        (f"PATCH /users/{user_id}", {"user": {"password": "new"}}, {"user_id": user_id}),
        (f"PATCH /users/{user_id}", {"user": {"enabled": False}}, {"user_id": user_id}),
        (f"DELETE /users/{user_id}/tokens", None, {"user_id": user_id}),
        (f"DELETE /users/{user_id}", None, {"user_id": user_id}),
    ]
    for line, body, event in acts:
        cloud.clock.forward(1)
        assert admin(line, body).code in (200, 204), line
        assert told(nova)[-1] == event
    assert len(told(nova)) == len(acts) + 1


def test_a_role_and_a_domain_that_go_are_told(cloud: SmallCloud, admin: Asker):
    role = admin("POST /roles", {"role": {"name": "guest"}}).body["role"]["id"]
    domain = admin("POST /domains", {"domain": {"name": "house"}}).body["domain"]["id"]
    admin(f"DELETE /roles/{role}")
    assert told(admin) == [{"role_id": role}]
    cloud.clock.forward(1)
    admin(f"PATCH /domains/{domain}", {"domain": {"enabled": False}})
    assert told(admin)[-1] == {"domain_id": domain}


def test_events_are_asked_for_since_a_moment_and_forgotten_in_time(cloud: SmallCloud, admin: Asker):
    path = f"/users/{cloud.user_id('oscar')}/tokens"
    admin(f"DELETE {path}")
    cloud.clock.forward(60)
    assert admin(f"DELETE {path}").code == 204
    assert [len(told(admin, at)) for at in ("2026-01-01T00:00:00Z", "2026-01-01T00:00:01.5", "2026-01-02")] == [2, 1, 0]
    assert admin("GET /OS-REVOKE/events?since=lately").code == 400
    cloud.clock.forward(3600 + 172800)
    later = cloud.member("admin")
    later(f"DELETE {path}")
    assert len(told(later)) == 2


@pytest.mark.parametrize("name", ["alice", "mia"])
def test_only_services_and_administrators_are_told(cloud: SmallCloud, name: str):
    assert cloud.member(name)("GET /OS-REVOKE/events").code == 403


def test_lists_of_revoked_tokens_are_a_thing_of_the_past(admin: Asker, alice: Asker):
    assert admin("GET /auth/tokens/OS-PKI/revoked").code == 410
    assert alice("GET /auth/tokens/OS-PKI/revoked").code == 403
