"""The work of a snapshot keeps the promises of a workflow, and gives up nothing but itself when it fails."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.chunks import ChunkStore, ChunkStores
from pileus.chunks.manifest import addresses
from pileus.compute.host.fake import Faults
from pileus.compute.snapshots.workflow import SnapshotServer
from pileus.image import live_manifests
from pileus.kernel.store import Store
from tests.compute.servers.test_trials import Running
from tests.kernel.workflow.trials import Case, Trial, cases
from tests.toy import Caller, Toy


class Taking(Running):
    """The member has an image made of its server."""

    def begin(self) -> None:
        assert self.alice.act(self.web, createImage={"name": "snap"}).code == 202

    def result(self) -> object:
        return self.images(), super().result()

    def images(self) -> list[tuple[object, ...]]:
        """The member's own images."""
        listed = self.alice.image("GET /images", visibility="private").body["images"]
        return [(one["name"], one["status"], one["size"]) for one in listed]

    def leftovers(self) -> object:
        found = super().leftovers()
        wanted = [row.kind for host in self.toy.hosts for row in host.agent._rows.values()]
        held = [list(host.hypervisor.held()) for host in self.toy.hosts]
        return found, [] if self.has_come() else self.images(), wanted.count("snapshot"), held

    def has_come(self) -> bool:
        """An image that is there is its owner's, whatever becomes of the work that made it."""
        return [status for _, status, _ in self.images()] == ["active"]


TRIAL = Trial(SnapshotServer, Taking)


@pytest.mark.slow
@pytest.mark.parametrize("case", cases(TRIAL), ids=str)
def test_a_snapshot_keeps_the_promises_of_a_workflow(case: Case, sqlite_store: Store) -> None:
    case.check(sqlite_store)


@pytest.fixture
def alice(toy: Toy) -> Caller:
    return toy.member("alice")


def taken(who: Caller, server_id: str) -> dict[str, Any]:
    """What has become of the image of a server, asked for and waited for."""
    asked = who.compute.at("2.45")(f"POST /servers/{server_id}/action", {"createImage": {"name": "snap"}})
    assert asked.code == 202, asked.content
    who.toy.settle()
    heard = who.image(f"GET /images/{asked.body['image_id']}")
    return heard.body if heard.code == 200 else {"status": heard.code}


def test_a_host_that_cannot_hold_the_disk_is_asked_again(toy: Toy, alice: Caller, monkeypatch: Any) -> None:
    monkeypatch.setattr("pileus.host.snapshots.FIRST_PAUSE", 0.0)
    web = alice.boot()
    toy.settle()
    toy.host_of(web).hypervisor.faults = Faults(fail_hold=2)
    assert taken(alice, web)["status"] == "active"


def test_a_snapshot_that_fails_leaves_the_server_as_it_was_and_no_image(
    toy: Toy, alice: Caller, monkeypatch: Any
) -> None:
    monkeypatch.setattr("pileus.host.snapshots.FIRST_PAUSE", 0.0)
    web = alice.boot()
    toy.settle()
    toy.host_of(web).hypervisor.faults = Faults(fail_hold=99)
    assert taken(alice, web)["status"] == 404
    server = toy.sees(web)
    assert (server.status, getattr(server, "OS-EXT-STS:task_state")) == ("ACTIVE", None)
    assert not hasattr(server, "fault")
    actions = alice.compute.at("2.84")(f"GET /servers/{web}/os-instance-actions").body["instanceActions"]
    messages = {action["action"]: action["message"] for action in actions}
    assert messages["createImage"] == "The host could not hold the server's disk still."


def test_a_delete_ends_a_snapshot_that_is_under_way(toy: Toy, alice: Caller) -> None:
    web = alice.boot()
    toy.settle()
    assert alice.act(web, createImage={"name": "snap"}).code == 202
    assert alice.compute(f"DELETE /servers/{web}").code == 204
    toy.settle()
    assert toy.sees(web).status == 404
    assert alice.image("GET /images", visibility="private").body["images"] == []
    assert not any(host.agent._rows for host in toy.hosts)


def test_an_image_that_is_deleted_meanwhile_ends_the_snapshot(toy: Toy, alice: Caller) -> None:
    web = alice.boot()
    toy.settle()
    assert alice.act(web, createImage={"name": "snap"}).code == 202
    (made,) = alice.image("GET /images", visibility="private").body["images"]
    assert alice.image(f"DELETE /images/{made['id']}").code == 204
    toy.settle()
    assert toy.sees(web).status == "ACTIVE"
    assert not any(key[0] == "snapshot" for host in toy.hosts for key in host.agent._rows)


def test_an_image_that_its_owner_fills_meanwhile_is_left_alone(toy: Toy, alice: Caller) -> None:
    web = alice.boot()
    toy.settle()
    assert alice.act(web, createImage={"name": "snap"}).code == 202
    (made,) = alice.image("GET /images", visibility="private").body["images"]
    octets = {"content-type": "application/octet-stream"}
    assert alice.image(f"PUT /images/{made['id']}/file", b"mine", headers=octets).code == 204
    toy.settle()
    assert alice.image(f"GET /images/{made['id']}/file").content == b"mine"
    assert toy.sees(web).status == "ACTIVE"


def test_little_is_stored_of_a_second_snapshot_and_nothing_is_leaked(toy: Toy, alice: Caller) -> None:
    web = alice.boot()
    toy.settle()
    stores = toy.cloud.store.part(ChunkStores)
    store: ChunkStore = stores[stores.default]
    taken(alice, web)
    before = store.stats().data_bytes
    taken(alice, web)
    assert store.stats().data_bytes == before
    live = set(addresses(store.chunks, live_manifests(toy.cloud.store, stores.default)))
    store.gc(lambda: live_manifests(toy.cloud.store, stores.default))
    assert store.stats().chunks == len(live)
