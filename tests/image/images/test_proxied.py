"""Images for the service whose older callers ask it for them."""

from __future__ import annotations

from typing import Any

import pytest

from pileus import image
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden
from pileus.kernel.store import Store

DISK = image.Disk("chunks", "ab" * 32, 1 << 20, b"", b"")


def somebody(project: str, *roles: str) -> Caller:
    """Somebody of a project."""
    return Caller(user_id="u", project_id=project, roles=frozenset(roles))


ALICE, BOB, ADMIN = somebody("alice", "member"), somebody("bob", "member"), somebody("ops", "admin")


def made(store: Store, who: Caller, name: str, **properties: str) -> str:
    """An image of somebody's."""
    row = store.write(image.begin_snapshot, who, name, properties, min_disk=1, min_ram=0)
    store.write(image.snapshot_comes, row["id"])
    store.write(image.keep_snapshot, row["id"], DISK)
    return str(row["id"])


def listed(store: Store, who: Caller, **narrowed: Any) -> list[str]:
    """The names of a list."""
    return sorted(row["name"] for row in store.read(image.images_seen_by, who, narrowed).rows)


@pytest.fixture
def store(gallery: Any) -> Store:
    found: Store = gallery.store
    return found


def test_each_sees_its_own_and_administrators_all(store: Store) -> None:
    one = made(store, ALICE, "one")
    assert [store.read(image.image_seen_by, who, one) is None for who in (ALICE, BOB, ADMIN)] == [False, True, False]
    assert (listed(store, ALICE), listed(store, BOB)) == (["one"], [])


def test_a_list_is_narrowed(store: Store) -> None:
    made(store, ALICE, "one", image_type="snapshot", instance_uuid="s1")
    made(store, ALICE, "two")
    assert listed(store, ALICE, kind="snapshot") == listed(store, ALICE, made_of="s1") == ["one"]
    assert listed(store, ALICE, kind="BASE") == listed(store, ALICE, name="two") == ["two"]
    assert listed(store, ALICE, min_disk=2) == listed(store, ALICE, statuses=["queued"]) == []


def test_only_its_own_change_or_delete_one(store: Store) -> None:
    row = store.read(image.image_seen_by, ALICE, made(store, ALICE, "one"))
    for verb, more in ((image.set_properties, [{"a": "1"}]), (image.remove_image, [])):
        with pytest.raises(Forbidden):
            store.write(verb, BOB, row, *more)
        store.write(verb, ALICE, row, *more)
    assert listed(store, ALICE) == []
