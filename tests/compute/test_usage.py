"""Usage: hours that servers ran, for those that still do and those that have ended."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toy import Toy

HOUR = 3600.0


def test_a_server_is_counted_while_it_lasts_and_after(toy: Toy) -> None:
    alice = toy.member("alice")
    web = alice.boot("web")
    toy.settle()
    toy.settle(seconds=2 * HOUR)
    path = f"GET /os-simple-tenant-usage/{alice.project_id}"
    alice.token = alice.compute.token = toy.token("alice", "alice's password", "alice's project")
    told = alice.compute(path).body["tenant_usage"]
    assert told["total_hours"] == pytest.approx(2, abs=0.01)
    assert told["total_memory_mb_usage"] == pytest.approx(256, abs=1)
    (server,) = told["server_usages"]
    assert (server["instance_id"], server["state"], server["ended_at"]) == (web, "active", None)
    alice.compute(f"DELETE /servers/{web}")
    toy.settle()
    (ended,) = alice.compute(path).body["tenant_usage"]["server_usages"]
    assert (ended["state"], ended["hours"]) == ("terminated", pytest.approx(2, abs=0.01))
    assert ended["ended_at"] is not None


def test_an_administrator_sees_every_project(toy: Toy) -> None:
    people = [toy.member(name) for name in ("alice", "bob")]
    for one in people:
        one.boot("web")
    toy.settle()
    toy.settle(seconds=1)
    listed = toy.admin.compute("GET /os-simple-tenant-usage", detailed=1).body["tenant_usages"]
    assert {one["tenant_id"] for one in listed} == {one.project_id for one in people}
    assert people[0].compute("GET /os-simple-tenant-usage").code == 403
    assert people[0].compute(f"GET /os-simple-tenant-usage/{people[1].project_id}").code == 403


def test_nothing_used_is_nothing_told(toy: Toy) -> None:
    alice = toy.member("alice")
    assert alice.compute(f"GET /os-simple-tenant-usage/{alice.project_id}").body == {"tenant_usage": {}}


def test_usage_comes_in_pages(toy: Toy) -> None:
    alice = toy.member("alice")
    booted = sorted(alice.boot(f"web-{at}") for at in range(2))
    toy.settle()
    toy.settle(seconds=1)
    ask, path = alice.compute.at("2.40"), f"GET /os-simple-tenant-usage/{alice.project_id}"
    first = ask(path, limit=1).body
    assert first["tenant_usage"]["server_usages"][0]["instance_id"] == booted[0]
    assert f"marker={booted[0]}" in first["tenant_usage_links"][0]["href"]
    rest = ask(path, marker=booted[0]).body["tenant_usage"]["server_usages"]
    assert [one["instance_id"] for one in rest] == booted[1:]
    wrongs: list[dict[str, Any]] = [{"limit": "many"}, {"limit": "9" * 5000}, {"marker": "nowhere"}]
    for wrong in wrongs:
        assert ask(path, **wrong).code == 400


@pytest.mark.parametrize(
    "wrong", [{"start": "yesterday"}, {"start": "2026-01-02", "end": "2026-01-01"}, {"end": "x" * 500}], ids=str
)
def test_a_span_that_makes_no_sense_is_refused(toy: Toy, wrong: dict[str, Any]) -> None:
    alice = toy.member("alice")
    assert alice.compute(f"GET /os-simple-tenant-usage/{alice.project_id}", **wrong).code == 400
