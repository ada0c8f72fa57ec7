"""What compute's loops look after."""

from __future__ import annotations

from tests.compute.servers.lists import names
from tests.toy import Caller, Toy

TWO_MONTHS = 60 * 24 * 3600.0


def test_servers_deleted_long_ago_are_forgotten(toy: Toy) -> None:
    for name in ("old", "new"):
        alice = Caller(toy, name, "a project", ["member"])
        assert alice.compute(f"DELETE /servers/{alice.boot(name)}").code == 204
        toy.settle()
        toy.settle(seconds=TWO_MONTHS)
    admin = Caller(toy, "watcher", "admin", ["admin"])
    admin.boot("here")
    assert names(admin, all_tenants=1, deleted="true") == ["new"]
    assert names(admin, all_tenants=1) == ["here"]
