"""A cloud that has identity only, and people in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pileus import identity
from pileus.identity import IdentitySettings, Offer, Person, Seed
from pileus.kernel.clock import HeldClock
from pileus.kernel.http import Front
from pileus.kernel.routes import PublicUrl
from pileus.kernel.store import Store
from tests.asking import Asker, Heard

URL = "http://cloud.test"
CHEAP = {"hash_memory": 8, "hash_passes": 1}


class Cloud:
    """One process's view of a database and a directory of keys; another may be opened beside it."""

    def __init__(self, directory: Path, clock: HeldClock, *, new: bool = True, **settings: Any) -> None:
        self.directory, self.clock = directory, clock
        parts = identity.parts(IdentitySettings(**CHEAP, **settings), directory / "keys")
        parts.append(PublicUrl(URL))
        self.store = Store(f"sqlite:///{directory}/cloud.db", clock, durable=False, parts=parts)
        if new:
            self.store.sketch()
            people = [
                Person("admin", "first", "admin", ["admin"], ["admin"]),
                Person("nova", "second", "service", ["service"]),
                Person("alice", "third", "web", ["member"]),
                Person("rita", "fourth", "web", ["reader"]),
                Person("oscar", "fifth", "other", ["member"]),
            ]
            offers = [
                Offer("identity", "keystone", "/identity/v3"),
                Offer("object-store", "swift", "/object/v1/AUTH_$(project_id)s"),
            ]
            self.store.write(identity.seed, Seed(people, offers))
        self.front = Front([identity.identity], self.store, identity.authenticate, URL)
        self.stranger = Asker(self.front, "/identity/v3")

    def log_in(self, name: str, password: str, *, scope: Any = None) -> Heard:
        """Ask for a token by password, for a project of that name where the scope is text."""
        user = {"name": name, "domain": {"id": "default"}, "password": password}
        wanted = {"project": {"name": scope, "domain": {"id": "default"}}} if isinstance(scope, str) else scope
        auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": user}}}
        return self.stranger("POST /auth/tokens", {"auth": auth | ({"scope": wanted} if wanted else {})})

    def asker(self, name: str, password: str, scope: Any) -> Asker:
        """Somebody with a token."""
        heard = self.log_in(name, password, scope=scope)
        assert heard.code == 201, heard.content
        return Asker(self.front, "/identity/v3", heard.headers["x-subject-token"])

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def cloud(tmp_path: Path, clock: HeldClock) -> Iterator[Cloud]:
    made = Cloud(tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def admin(cloud: Cloud) -> Asker:
    return cloud.asker("admin", "first", "admin")


@pytest.fixture
def alice(cloud: Cloud) -> Asker:
    return cloud.asker("alice", "third", "web")
