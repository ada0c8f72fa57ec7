"""Directories to test with: the fake, and a real one; both are filled in the same words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from pileus.identity.domains.directories.directory import Directories, Directory, Person, Team
from pileus.identity.domains.directories.fake import FakeDirectory
from tests.asking import Asker
from tests.identity.domains.directories.slapd import Slapd, running_slapd
from tests.identity.small_cloud import SmallCloud


class Filled(Protocol):
    """A directory somebody may write to, on the other side."""

    @property
    def directory(self) -> Directory:
        """What the cloud has of it."""

    def put_person(self, local_id: str, name: str, password: str, *, enabled: bool = True, email: str = "") -> None:
        """Write a person anew."""

    def take_person(self, local_id: str) -> None:
        """Remove a person."""

    def put_team(self, local_id: str, members: Sequence[str], description: str = "") -> None:
        """Write a group anew."""

    def take_team(self, local_id: str) -> None:
        """Remove a group."""


class Fake:
    """The fake, filled."""

    def __init__(self) -> None:
        self.directory = FakeDirectory()

    def put_person(self, local_id: str, name: str, password: str, *, enabled: bool = True, email: str = "") -> None:
        self.directory.persons[local_id] = Person(local_id, name, enabled, {"email": email} if email else {})
        self.directory.passwords[local_id] = password

    def take_person(self, local_id: str) -> None:
        self.directory.persons.pop(local_id, None)

    def put_team(self, local_id: str, members: Sequence[str], description: str = "") -> None:
        inside = frozenset(one for one in members if one in self.directory.persons)
        self.directory.groups[local_id] = Team(local_id, local_id, description, inside)

    def take_team(self, local_id: str) -> None:
        self.directory.groups.pop(local_id, None)


@pytest.fixture
def slapd(tmp_path: Path) -> Iterator[Slapd]:
    """A real one."""
    with running_slapd(tmp_path / "slapd") as found:
        yield found


@pytest.fixture(params=["fake", "slapd"])
def filled(request: pytest.FixtureRequest) -> Filled:
    """Either."""
    found: Filled = request.getfixturevalue("slapd") if request.param == "slapd" else Fake()
    return found


class Acme:
    """A domain whose people are in a directory: Ann and Bob, and a group that may read in the project `web`."""

    def __init__(self, cloud: SmallCloud, fake: Fake) -> None:
        self.cloud, self.fake, self.admin = cloud, fake, cloud.member("admin")
        self.id: str = self.admin("POST /domains", {"domain": {"name": "acme"}}).body["domain"]["id"]
        fake.put_person("1", "ann", "ann's", email="ann@acme.test")
        fake.put_person("2", "bob", "bob's")
        fake.put_team("staff", ["1"], "who works here")
        self.config = f"/domains/{self.id}/config"
        assert self.admin(f"PUT {self.config}", {"config": {"identity": {"driver": "ldap"}}}).code == 201

    def users(self) -> dict[str, str]:
        """Ids by name, as callers see them."""
        return {one["name"]: one["id"] for one in self.admin("GET /users", domain_id=self.id).body["users"]}

    def groups(self) -> dict[str, str]:
        """The same of groups."""
        return {one["name"]: one["id"] for one in self.admin("GET /groups", domain_id=self.id).body["groups"]}

    def log_in(self, name: str, password: str | None = None) -> Asker | int:
        """Somebody with a token for nothing, or the code of the refusal."""
        heard = self.cloud.by_password(name, f"{name}'s" if password is None else password, domain=self.id)
        if heard.code != 201:
            return heard.code
        return Asker(self.cloud.front, self.cloud.stranger.root, heard.headers["x-subject-token"])


@pytest.fixture
def acme(cloud: SmallCloud) -> Acme:
    """A domain with a directory."""
    fake = Fake()
    cloud.store.add(Directories({"ldap": lambda domain_id, options: fake.directory}))
    return Acme(cloud, fake)
