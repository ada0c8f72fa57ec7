"""Claims: never beyond capacity, whoever asks at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.store import Store, Tx
from pileus.placement.claims import Claim, Consumer, claims_of, release, set_claims
from pileus.placement.hosts import Supply, capacity, register


def claim(store: Store, consumer: str, amount: int) -> None:
    store.write(set_claims, [Claim(Consumer(consumer, "p", "u", "INSTANCE"), {"host": {"VCPU": amount}})])


@pytest.fixture(autouse=True)
def _host(store: Store) -> None:
    store.write(register, "host", "host", {"VCPU": Supply(10)})


def test_what_is_claimed_is_held_until_it_is_given_back(store: Store) -> None:
    claim(store, "web", 4)
    assert store.look(claims_of, "web") == {"host": {"VCPU": 4}}
    store.write(release, "web")
    assert store.look(claims_of, "web") == {}
    store.write(release, "web")
    assert store.look(capacity, "host")["VCPU"].free == 10


def test_a_claim_replaces_the_one_before_it(store: Store) -> None:
    claim(store, "web", 8)
    claim(store, "web", 10)
    assert store.look(capacity, "host")["VCPU"].used == 10


def test_a_refused_claim_leaves_what_was_held(store: Store) -> None:
    claim(store, "web", 8)
    with pytest.raises(Conflict):
        claim(store, "web", 11)
    assert store.look(claims_of, "web") == {"host": {"VCPU": 8}}


def test_an_unknown_provider_or_class_is_refused(store: Store) -> None:
    for holding in ({"gone": {"VCPU": 1}}, {"host": {"CUSTOM_GONE": 1}}):
        with pytest.raises(Invalid):
            store.write(set_claims, [Claim(Consumer("web"), holding)])


def test_what_happens_meanwhile_sees_nothing_held(store: Store) -> None:
    claim(store, "web", 8)

    def rule(tx: Tx) -> list[int]:
        free: list[int] = []
        again = Claim(Consumer("web"), {"host": {"VCPU": 9}})
        set_claims(tx, [again], meanwhile=lambda: free.append(capacity(tx, "host")["VCPU"].free))
        return free

    assert store.write(rule) == [10]


def test_parallel_claims_never_exceed_capacity(store: Store) -> None:
    def attempt(number: int) -> bool:
        try:
            claim(store, f"c{number}", 1)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(attempt, range(50)))
    assert sum(made) == 10
    assert store.look(capacity, "host")["VCPU"].used == 10
