"""What is wanted of hosts, and what they may say of it."""

from __future__ import annotations

import threading

import pytest

from pileus.fleet import holds, seen_of, want, want_on, wanted_of, withdraw
from pileus.kernel.store import Store, Tx
from tests.fleet.conftest import Fleet, Thing


def test_numbers_are_the_order_of_commits_of_one_host(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    begun, may_end = threading.Event(), threading.Event()

    def slowly(tx: Tx) -> None:
        want(tx, host.id, "thing", "first", Thing())
        begun.set()
        may_end.wait(5)

    first = threading.Thread(target=store.write, args=(slowly,))
    second = threading.Thread(target=store.write, args=(want, host.id, "thing", "second", Thing()))
    first.start()
    begun.wait(5)
    second.start()
    assert host.wanted() == []
    may_end.set()
    first.join()
    second.join()
    assert [(row["id"], row["number"]) for row in host.wanted()] == [("first", 1), ("second", 2)]


def test_what_is_wanted_anew_has_a_new_number_and_stands_once(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    store.write(want, host.id, "thing", "t", Thing())
    store.write(want, host.id, "thing", "t", Thing(size=2))
    assert [(row["number"], row["body"]) for row in host.wanted(above=1)] == [(2, {"size": 2})]
    assert len(host.wanted()) == 1


def test_several_hosts_are_asked_for_the_same_thing_whether_they_were_before_or_not(
    fleet_cloud: Fleet, store: Store
) -> None:
    old, new, other = (fleet_cloud.host(name) for name in ("h1", "h2", "h3"))
    store.write(want, old.id, "thing", "t", Thing())
    numbers = store.write(want_on, [old.id, new.id], "thing", "t", Thing(size=2))
    assert numbers == {old.id: 2, new.id: 1}
    for host, number in ((old, 2), (new, 1)):
        assert [(row["number"], row["body"]) for row in host.wanted()] == [(number, {"size": 2})]
    assert other.wanted() == []


def test_what_is_withdrawn_vanishes_once_the_host_says_it_is_gone(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    store.write(want, host.id, "thing", "t", Thing())
    assert host.says("thing", "t", 1, state="up").code == 204
    store.write(withdraw, host.id, "thing", "t")
    assert [row["body"] for row in host.wanted()] == [None]
    host.says("thing", "t", 1, state="gone")
    assert store.look(holds, host.id, "thing", "t")
    host.says("thing", "t", 2, state="gone")
    assert not store.look(holds, host.id, "thing", "t")
    assert host.wanted() == []


def test_nothing_is_withdrawn_that_was_never_asked_for(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    store.write(withdraw, host.id, "thing", "t")
    assert host.wanted() == []


def test_an_old_tale_is_not_heard(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    for size in (1, 2):
        store.write(want, host.id, "thing", "t", Thing(size=size))
    host.says("thing", "t", 2, state="up")
    host.says("thing", "t", 1, state="gone")
    kept = store.look(seen_of, host.id, "thing", "t")
    assert kept is not None
    assert kept["number"] == 2
    assert [body["state"] for _, _, body in fleet_cloud.heard] == ["up"]


def test_a_host_has_nothing_to_say_of_what_it_was_not_asked_for(fleet_cloud: Fleet, store: Store) -> None:
    mine, other = fleet_cloud.host("h1"), fleet_cloud.host("h2")
    store.write(want, mine.id, "thing", "t", Thing())
    assert other.says("thing", "t", 1, state="gone").code == 204
    assert mine.says("thing", "t", 2**70, state="up").code in (204, 400)
    assert mine.says("thing", "t", 2, state="up").code == 204
    assert mine.says("network", "x" * 5000, 1, state="up").code == 204
    assert fleet_cloud.heard == []
    assert store.look(wanted_of, mine.id, "thing", "t") == {"size": 1}
    assert not store.look(holds, other.id, "thing", "t")


@pytest.mark.parametrize("body", [{}, {"state": "flying"}, {"state": None}, {"state": ["up"]}])
def test_what_no_service_could_understand_is_refused(fleet_cloud: Fleet, store: Store, body: dict[str, object]) -> None:
    host = fleet_cloud.host("h1")
    store.write(want, host.id, "thing", "t", Thing())
    assert host.says("thing", "t", 1, **body).code == 400
    assert fleet_cloud.heard == []


def test_a_tale_in_which_one_thing_is_wrong_is_not_kept_at_all(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    store.write(want, host.id, "thing", "t", Thing())
    good = {"kind": "thing", "id": "t", "number": 1, "body": {"state": "up"}}
    for bad in ({**good, "body": {}}, {**good, "body": 7}, {**good, "number": "1"}, {"kind": "thing"}, 7):
        assert host.ask(f"POST /hosts/{host.id}/seen", {"seen": [good, bad]}).code == 400
    assert store.look(seen_of, host.id, "thing", "t") is None
