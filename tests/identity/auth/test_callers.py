"""A caller is worked out once, and asked for again by one read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from pileus.identity import authenticate
from pileus.identity.auth.callers import MOST, Callers
from pileus.identity.auth.passwords import Passwords
from pileus.kernel.errors import Unauthorized
from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud


def test_a_known_token_costs_one_read_and_no_hash(cloud: SmallCloud, alice: Asker):
    authenticate(cloud.store, alice.token)
    said: list[str] = []
    engine = cloud.store._database.readers
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    del cloud.store.parts[Passwords]
    assert authenticate(cloud.store, alice.token).user_name == "alice"
    assert len(said) == 1
    assert "identity_revision" in said[0]


def test_nonsense_is_nobody(cloud: SmallCloud):
    for text in ("", "x", "gAAAAA", "\u00e9" * 50, "a" * 10_000):
        with pytest.raises(Unauthorized):
            authenticate(cloud.store, text)


def test_nothing_is_kept_of_what_was_refused(cloud: SmallCloud):
    callers = cloud.store.part(Callers)
    with pytest.raises(Unauthorized):
        authenticate(cloud.store, "nonsense")
    assert callers.find("nonsense", 1, cloud.clock.now()) is None
    assert not callers._known


def test_only_so_many_are_kept(cloud: SmallCloud, alice: Asker):
    callers = cloud.store.part(Callers)
    authenticate(cloud.store, alice.token)
    known = next(iter(callers._known.values()))[1]
    for number in range(MOST + 10):
        callers.keep(str(number), 1, known)
    assert len(callers._known) <= MOST


def test_a_caller_changed_while_it_is_asked_for_is_never_the_old_one(cloud: SmallCloud, alice: Asker):
    admin, web = cloud.member("admin"), cloud.project_id("web")
    path = f"/projects/{web}/users/{cloud.user_id('alice')}/roles/{cloud.role_id('manager')}"
    with ThreadPoolExecutor(4) as threads:
        for turn in range(12):
            busy = [threads.submit(authenticate, cloud.store, alice.token) for _ in range(8)]
            admin(f"{'DELETE' if turn % 2 else 'PUT'} {path}")
            assert ("manager" in authenticate(cloud.store, alice.token).roles) is (turn % 2 == 0)
            for one in busy:
                one.result()
