"""What hosts say of snapshots, and bring."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.compute import SnapshotReceiver, snapshot_seen
from pileus.fleet import Came
from pileus.kernel.errors import Conflict, Gone, Missing, Unsupported
from tests.toy import Caller, Toy

CAME = Came("chunks", "ab" * 32, 1 << 20, b"plain", b"plain")


class Ordered:
    """A snapshot that was asked for, on a host that does nothing of itself."""

    def __init__(self, toy: Toy) -> None:
        self.toy, self.alice = toy, toy.member("alice")
        self.web = self.alice.boot()
        toy.settle()
        self.host = toy.host_of(self.web)
        self.host.vanish()
        body = {"createImage": {"name": "snap"}}
        self.image = self.alice.compute.at("2.45")(f"POST /servers/{self.web}/action", body).body["image_id"]
        toy.cloud.engine.run_ready()

    def do(self, rule: Any, *more: Any) -> Any:
        """In a transaction, as the host."""
        return self.toy.cloud.store.write(rule, self.host.link.host_id, self.image, *more)

    @property
    def status(self) -> str:
        """Of the image."""
        return str(self.alice.image(f"GET /images/{self.image}").body["status"])

    @property
    def task(self) -> str:
        """Of the server."""
        return str(getattr(self.toy.sees(self.web), "OS-EXT-STS:task_state"))


@pytest.fixture
def ordered(toy: Toy) -> Ordered:
    return Ordered(toy)


def test_each_stage_is_a_task(ordered: Ordered) -> None:
    assert ordered.task == "image_snapshot_pending"
    stages = {"preparing": "image_snapshot", "reading": "image_pending_upload", "sending": "image_uploading"}
    for state, task in stages.items():
        ordered.do(snapshot_seen, {"id": ordered.image, "guest_id": ordered.web, "state": state})
        assert ordered.task == task


def test_what_nobody_ordered_changes_nothing(ordered: Ordered) -> None:
    store, other = ordered.toy.cloud.store, ordered.toy.hosts[0 if ordered.host is ordered.toy.hosts[1] else 1]
    store.write(snapshot_seen, other.link.host_id, ordered.image, {"state": "reading"})
    assert ordered.task == "image_snapshot_pending"
    with pytest.raises(Missing):
        store.write(SnapshotReceiver().begin, other.link.host_id, ordered.image)
    with pytest.raises(Missing):
        store.write(SnapshotReceiver().keep, other.link.host_id, ordered.image, CAME)


def test_a_disk_comes_and_the_image_is_active(ordered: Ordered) -> None:
    receiver = SnapshotReceiver()
    expected = ordered.do(receiver.begin)
    assert (expected.store, ordered.status) == ("chunks", "saving")
    assert expected.older
    ordered.do(receiver.keep, CAME)
    ordered.toy.cloud.engine.run_ready()
    assert (ordered.status, ordered.task) == ("active", "None")


def test_a_disk_that_does_not_come_is_waited_for(ordered: Ordered) -> None:
    receiver = SnapshotReceiver()
    ordered.do(receiver.begin)
    with pytest.raises(Conflict):
        ordered.do(receiver.begin)
    ordered.do(receiver.give_up)
    assert ordered.status == "queued"
    ordered.do(receiver.begin)


def test_a_disk_that_looks_like_another_format_is_refused(ordered: Ordered) -> None:
    receiver = SnapshotReceiver()
    ordered.do(receiver.begin)
    for head in (b"QFI\xfb" + bytes(68), b"KDMV" + bytes(600), b"\0" * 0x8001 + b"CD001"):
        with pytest.raises(Unsupported):
            ordered.do(receiver.keep, CAME._replace(head=head))
    assert ordered.status == "saving"


def test_an_image_that_has_gone_takes_nothing(ordered: Ordered) -> None:
    receiver, alice = SnapshotReceiver(), ordered.alice
    ordered.do(receiver.begin)
    assert _deleted(alice, ordered.image) == 204
    with pytest.raises(Gone):
        ordered.do(receiver.keep, CAME)


def _deleted(who: Caller, image_id: str) -> int:
    return who.image(f"DELETE /images/{image_id}").code
