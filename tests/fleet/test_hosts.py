"""Hosts join with a ticket, are known by a token, and live by their heartbeat."""

from __future__ import annotations

import pytest

from pileus.fleet import Beats, every_host, forget, host_named, host_of, is_up, set_enabled, set_forced_down, want
from pileus.kernel.clock import HeldClock
from pileus.kernel.errors import Missing
from pileus.kernel.store import Store
from tests.asking import Asker
from tests.fleet.conftest import Fleet, Thing


def flush(store: Store) -> None:
    """Write the beats that were kept."""
    store.part(Beats).flush(store)


def test_a_host_joins_only_with_the_ticket(fleet_cloud: Fleet) -> None:
    assert fleet_cloud.join("h1", "wrong").code == 401
    assert fleet_cloud.join("h1", "tickét").code == 401
    assert fleet_cloud.join("h1").code == 200


def test_who_joins_again_is_the_same_host_with_a_new_token(fleet_cloud: Fleet) -> None:
    first, second = fleet_cloud.host("h1"), fleet_cloud.host("h1")
    assert first.id == second.id
    assert first.beat().code == 401
    assert second.beat().code == 204


def test_a_name_or_zone_that_does_not_fit_is_refused(fleet_cloud: Fleet) -> None:
    for more in ({"name": "x" * 256}, {"name": ""}, {"zone": "z" * 300}, {"zone": 7}):
        body = {"name": "h", "ticket": "ticket", **more}
        assert Asker(fleet_cloud.front, "/fleet/v1")("POST /hosts", body).code == 400


def test_only_a_hosts_own_token_opens_its_paths(fleet_cloud: Fleet) -> None:
    mine, other = fleet_cloud.host("h1"), fleet_cloud.host("h2")
    wrong = ["", "x", f"{mine.id}.", f"{mine.id}.wrong", f"{mine.id}.é", ".", other.ask.token]
    for token in wrong:
        ask = Asker(fleet_cloud.front, "/fleet/v1", token)
        assert ask(f"POST /hosts/{mine.id}/beat", {"boot": "b", "capacity": {}}).code == 401
        assert ask(f"GET /hosts/{mine.id}/wanted").code == 401
        assert ask(f"POST /hosts/{mine.id}/seen", {"seen": []}).code == 401
    assert Asker(fleet_cloud.front, "/fleet/v1")(f"GET /chunks/{'0' * 64}").code == 401


def test_a_host_is_up_while_its_heart_beats(fleet_cloud: Fleet, store: Store, clock: HeldClock) -> None:
    host = fleet_cloud.host("h1")

    def up() -> bool:
        return store.look(lambda tx: is_up(tx, host_of(tx, host.id)))

    assert not up()
    host.beat(cores=4)
    assert not up()
    flush(store)
    assert up()
    store.write(lambda tx: set_forced_down(tx, host_of(tx, host.id), down=True))
    assert not up()
    store.write(lambda tx: set_forced_down(tx, host_of(tx, host.id), down=False))
    clock.forward(14)
    assert up()
    clock.forward(1)
    assert not up()


def test_a_cloud_that_was_away_gives_hosts_time_to_be_heard_again(
    fleet_cloud: Fleet, store: Store, clock: HeldClock
) -> None:
    """But not those that it had not heard long before it went."""
    host = fleet_cloud.host("h1")
    for away, after, expected in ((50, 10, True), (50, 20, False), (70, 10, False)):
        host.beat(cores=4)
        flush(store)
        clock.forward(away)
        assert not store.look(lambda tx: is_up(tx, host_of(tx, host.id)))
        store.part(Beats).begin(clock.now())
        clock.forward(after)
        assert store.look(lambda tx: is_up(tx, host_of(tx, host.id))) is expected


def test_a_capacity_is_heard_when_it_changes(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    for cores in (4, 4, 8):
        host.beat(cores=cores)
        flush(store)
    assert fleet_cloud.capacities == [("h1", {"cores": 4}), ("h1", {"cores": 8})]


def test_of_several_beats_the_newest_is_written_once(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    host.beat(cores=1)
    host.beat(cores=2)
    flush(store)
    flush(store)
    assert fleet_cloud.capacities == [("h1", {"cores": 2})]


def test_a_capacity_nobody_could_understand_is_refused(fleet_cloud: Fleet) -> None:
    host = fleet_cloud.host("h1")
    assert host.beat(cores="many").code == 400
    assert host.ask(f"POST /hosts/{host.id}/beat", {"boot": "b" * 65, "capacity": {}}).code == 400


def test_a_beat_that_cannot_be_kept_does_not_silence_other_hosts(fleet_cloud: Fleet, store: Store) -> None:
    bad, good = fleet_cloud.host("h1"), fleet_cloud.host("h2")
    bad.beat(cores=1001)
    good.beat(cores=1)
    flush(store)
    assert store.look(lambda tx: [is_up(tx, host) for host in every_host(tx)]) == [False, True]


def test_a_host_that_was_struck_off_is_gone_with_all_that_was_wanted_of_it(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    store.write(want, host.id, "thing", "t", Thing())
    host.beat(cores=1)
    store.write(lambda tx: forget(tx, host_of(tx, host.id)))
    flush(store)
    assert store.look(host_named, "h1") is None
    assert host.beat().code == 401
    with pytest.raises(Missing):
        store.look(host_of, host.id)
    assert fleet_cloud.host("h1").id != host.id


def test_a_host_is_disabled_with_a_reason_that_goes_when_it_is_enabled(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    for enabled, reason in ((False, "a fan"), (True, None)):
        store.write(lambda tx, on=enabled: set_enabled(tx, host_of(tx, host.id), enabled=on, because="a fan"))
        assert store.look(host_of, host.id)["disabled_reason"] == reason
