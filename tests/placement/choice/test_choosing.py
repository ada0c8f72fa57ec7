"""Choosing and claiming in one transaction, on both databases."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from pileus.kernel.errors import NoCapacity
from pileus.kernel.store import Store, Tx
from pileus.placement.choice.choosing import Choice, choose, look
from pileus.placement.choice.needs import Alternative, Group, Host, Needs
from pileus.placement.claims import Consumer, claims_of, release
from pileus.placement.hosts import Supply, capacity, register
from pileus.placement.names import MEMORY_MB, VCPU
from pileus.placement.settings import PlacementSettings
from pileus.placement.traits.provider_traits import set_traits
from tests.placement.choice.hosts import host, needs

HOSTS = [host("h1"), host("h2"), host("h3")]


@pytest.fixture(autouse=True)
def _hosts(store: Store) -> None:
    store.parts |= {PlacementSettings: PlacementSettings()}
    for one in HOSTS:
        store.write(register, one.id, one.name, {VCPU: Supply(4), MEMORY_MB: Supply(2048)})


def chosen(store: Store, server: str, asked: Needs | None = None, hosts: list[Host] = HOSTS) -> Choice:
    return store.write(choose, Consumer(server, "p", "u", "INSTANCE"), asked or needs(), hosts)


def test_servers_spread_over_hosts(store: Store) -> None:
    assert [chosen(store, f"s{number}").host_name for number in range(4)] == ["h1", "h2", "h3", "h1"]
    assert store.look(claims_of, "s0") == {"h1": {VCPU: 1, MEMORY_MB: 512}}
    assert store.look(capacity, "h1")[MEMORY_MB].used == 1024


def test_the_decision_comes_with_the_choice(store: Store) -> None:
    decision = chosen(store, "web", needs(zone="nova"), [host("h1"), host("h2", zone="east")]).decision
    assert (decision["host"], decision["fitting"], decision["considered"]) == ("h1", 1, 2)
    assert decision["refused"][0]["filter"] == "zone"


def test_a_refusal_explains_itself_and_claims_nothing(store: Store) -> None:
    asked = needs(resources={MEMORY_MB: 4096}, alternatives=[Alternative("m1.small", {MEMORY_MB: 2048})])
    with pytest.raises(NoCapacity) as met:
        chosen(store, "web", asked)
    assert "3 hosts lack 2048 MB of memory" in met.value.said
    assert "Flavor m1.small would fit on 3." in met.value.said
    assert met.value.extra["decision"]["refused"][0]["names"] == ["h1", "h2", "h3"]
    assert store.look(claims_of, "web") == {}


def test_choosing_again_replaces_the_claim(store: Store) -> None:
    big = needs(resources={MEMORY_MB: 2048})
    first = chosen(store, "web", big, [HOSTS[0]])
    assert chosen(store, "web", big, [HOSTS[0]]).host_id == first.host_id
    assert chosen(store, "web", needs(avoid=frozenset({"h1"}))).host_id == "h2"
    assert set(store.look(claims_of, "web")) == {"h2"}


def test_a_host_that_reported_nothing_gets_nothing(store: Store) -> None:
    with pytest.raises(NoCapacity) as met:
        chosen(store, "web", hosts=[host("unknown")])
    assert "1 host does not report any memory" in met.value.said


def test_neighbours_are_found_where_they_hold_something(store: Store) -> None:
    chosen(store, "db", needs(host="h2"))
    assert chosen(store, "web", needs(same_host=frozenset({"db"}))).host_id == "h2"
    assert chosen(store, "other", needs(different_host=frozenset({"db", "nobody"}))).host_id != "h2"
    with pytest.raises(NoCapacity):
        chosen(store, "lost", needs(same_host=frozenset({"nobody"})))


def test_a_group_is_kept_together_from_its_first_server_on(store: Store) -> None:
    together = needs(group=Group("affinity", frozenset({"a", "b"})))
    first = chosen(store, "a", together).host_id
    assert chosen(store, "b", together).host_id == first


def test_a_group_is_kept_apart_until_there_are_no_more_hosts(store: Store) -> None:
    names = frozenset("abcd")
    for name in "abc":
        chosen(store, name, needs(group=Group("anti-affinity", names - {name})))
    with pytest.raises(NoCapacity, match="server group"):
        chosen(store, "d", needs(group=Group("anti-affinity", names - {"d"})))
    store.write(release, "a")
    assert chosen(store, "d", needs(group=Group("anti-affinity", names - {"d"}))).host_id == "h1"


def test_traits_are_those_that_placement_knows(store: Store) -> None:
    store.write(set_traits, "h3", ["STORAGE_DISK_SSD"])
    assert chosen(store, "web", needs(extra_specs={"trait:STORAGE_DISK_SSD": "required"})).host_id == "h3"
    assert chosen(store, "db", needs(extra_specs={"trait:STORAGE_DISK_SSD": "forbidden"})).host_id == "h1"


def test_looking_claims_nothing(store: Store) -> None:
    assert store.read(look, needs(), HOSTS).record["host"] == "h1"
    assert store.look(capacity, "h1")[VCPU].used == 0


def test_a_choice_is_part_of_its_callers_transaction(store: Store) -> None:
    def rule(tx: Tx) -> None:
        choose(tx, Consumer("web"), needs(), HOSTS)
        raise NoCapacity("Something else went wrong.")

    with pytest.raises(NoCapacity):
        store.write(rule)
    assert store.look(claims_of, "web") == {}


def test_fifty_parallel_choices_fill_the_hosts_and_no_more(store: Store) -> None:
    def attempt(number: int) -> str | None:
        try:
            return chosen(store, f"s{number}").host_id
        except NoCapacity:
            return None

    with ThreadPoolExecutor(16) as pool:
        made = Counter(pool.map(attempt, range(50)))
    assert made == {"h1": 4, "h2": 4, "h3": 4, None: 38}
    assert [store.look(capacity, one.id)[VCPU].free for one in HOSTS] == [0, 0, 0]
