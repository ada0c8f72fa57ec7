"""Wrong user, wrong password, disabled user: the same words after the same work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from pileus.identity.auth.passwords import Passwords
from pileus.identity.users.table import users
from pileus.kernel.store import Store
from tests.asking import Heard
from tests.identity.small_cloud import SmallCloud


class Counted(Passwords):
    """Counts its comparisons."""

    def __init__(self, inner: Passwords) -> None:
        self.inner, self.count = inner, 0

    def matches(self, kept: str | None, password: str) -> bool:
        self.count += 1
        return self.inner.matches(kept, password)


def _disable(cloud: SmallCloud, name: str) -> None:
    assert cloud.member("admin")(f"PATCH /users/{cloud.user_id(name)}", {"user": {"enabled": False}}).code == 200


def _disable_domain(cloud: SmallCloud) -> str:
    admin = cloud.member("admin")
    domain = admin("POST /domains", {"domain": {"name": "shut"}}).body["domain"]["id"]
    user = {"name": "sam", "domain_id": domain, "password": "secret"}
    assert admin("POST /users", {"user": user}).code == 201
    assert admin(f"PATCH /domains/{domain}", {"domain": {"enabled": False}}).code == 200
    return str(domain)


def test_every_failure_says_the_same_after_one_comparison(cloud: SmallCloud):
    _disable(cloud, "rita")
    domain = _disable_domain(cloud)
    assert cloud.member("admin")("POST /users", {"user": {"name": "bare"}}).code == 201
    strict = cloud.other_process(lockout_attempts=1)
    strict.by_password("mia", "wrong")
    tries: list[Callable[[], Heard]] = [
        lambda: cloud.by_password("alice", "wrong"),
        lambda: cloud.by_password("nobody", "wrong"),
        lambda: cloud.by_password("rita"),
        lambda: cloud.by_password("sam", "secret", domain=domain),
        lambda: cloud.by_password("alice", domain="nowhere"),
        lambda: cloud.by_password("bare", "wrong"),
        lambda: strict.by_password("mia"),
        lambda: strict.by_password("mia", "wrong"),
        lambda: strict.by_password("nobody", "wrong"),
        lambda: cloud.ask({"methods": ["password"], "password": {"user": {"id": "x", "password": "y"}}}),
    ]
    counted = Counted(cloud.store.part(Passwords))
    for process in (cloud, strict):
        process.store.parts[Passwords] = counted
    answers = [one() for one in tries]
    strict.close()
    assert counted.count == len(tries)
    assert {answer.code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert all(answer.headers["www-authenticate"].startswith("Keystone uri=") for answer in answers)


def test_a_locked_user_costs_as_many_writes_as_a_wrong_password(cloud: SmallCloud):
    strict = cloud.other_process(lockout_attempts=2)
    written: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        written.extend([statement] if statement.startswith(("INSERT", "UPDATE")) else [])

    def writes(name: str, password: str | None = None) -> int:
        written.clear()
        assert strict.by_password(name, password).code == 401
        return len(written)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert [writes("alice", "wrong") for _ in range(4)] == [1, 1, 1, 1]
        assert [writes("alice"), writes("nobody", "wrong")] == [1, 1]
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        strict.close()


@pytest.mark.parametrize(
    "claims",
    [
        {"methods": ["password"]},
        {"methods": ["password"], "password": {"user": {"id": "x"}}},
        {"methods": ["password"], "password": {"user": {"name": "alice", "password": "third"}}},
        {"methods": ["token"]},
        {"methods": ["token"], "token": {}},
        {"methods": "password"},
        {"methods": ["password"], "password": "third"},
        {"methods": ["application_credential"]},
        {},
    ],
)
def test_half_a_question_is_not_understood(cloud: SmallCloud, claims: dict[str, Any]):
    assert cloud.ask(claims).code == 400


@pytest.mark.parametrize("methods", [[], ["saml2"], ["password", "external"]])
def test_methods_that_are_not_there_open_nothing(cloud: SmallCloud, methods: list[str]):
    user = {"name": "alice", "domain": {"id": "default"}, "password": "third"}
    assert cloud.ask({"methods": methods, "password": {"user": user}}).code == 401


def test_a_user_that_changes_while_it_authenticates_gets_nothing(cloud: SmallCloud):
    class Slow(Counted):
        """Somebody ends the user's tokens while its password is compared."""

        def matches(self, kept: str | None, password: str) -> bool:
            store.write(lambda tx: tx.run(users.update().values(generation=users.c.generation + 1)))
            return super().matches(kept, password)

    store: Store = cloud.store
    inner = store.part(Passwords)
    store.parts[Passwords] = Slow(inner)
    assert cloud.by_password("alice").code == 401
    store.parts[Passwords] = inner
    assert cloud.by_password("alice").code == 201
