"""A cloud that has identity only, and a few people in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pileus import identity
from pileus.identity import IdentitySettings, Offer, Person, Seed
from pileus.identity.projects.table import project_of_name
from pileus.identity.roles.roles import role_of_name
from pileus.identity.users.table import user_of_name
from pileus.kernel.clock import HeldClock
from pileus.kernel.http import Front
from pileus.kernel.routes import PublicUrl
from pileus.kernel.store import Row, Store
from tests.asking import Asker, Heard

URL = "http://cloud.test"
ROOT = "/identity/v3"
CHEAP = {"hash_memory": 8, "hash_passes": 1}
PASSWORDS = {"admin": "first", "nova": "second", "alice": "third", "rita": "fourth", "oscar": "fifth", "mia": "sixth"}
PEOPLE = [
    Person("admin", PASSWORDS["admin"], "admin", ["admin"], ["admin"]),
    Person("nova", PASSWORDS["nova"], "service", ["service"]),
    Person("alice", PASSWORDS["alice"], "web", ["member"]),
    Person("mia", PASSWORDS["mia"], "web", ["manager"]),
    Person("rita", PASSWORDS["rita"], "web", ["reader"]),
    Person("oscar", PASSWORDS["oscar"], "other", ["member"]),
]
OFFERS = [
    Offer("identity", "keystone", "/identity/v3"),
    Offer("object-store", "swift", "/object/v1/AUTH_$(project_id)s"),
]
DEFAULT = {"id": "default"}


def in_project(name: str) -> dict[str, Any]:
    """The scope of a project of the default domain."""
    return {"project": {"name": name, "domain": DEFAULT}}


class SmallCloud:
    """One process of it, on a database with all tables; others may be opened on the same database and keys."""

    def __init__(self, directory: Path, clock: HeldClock, url: str, *, new: bool = True, **settings: Any) -> None:
        self.directory, self.clock, self.url = directory, clock, url
        self.settings = IdentitySettings(**{**CHEAP, **settings})
        parts = [*identity.parts(self.settings, directory / "keys"), PublicUrl(URL)]
        self.store = Store(url, clock, durable=False, parts=parts)
        if new:
            self.store.write(identity.seed, Seed(PEOPLE, OFFERS))
        self.front = Front([identity.identity], self.store, identity.authenticate, URL)
        self.stranger = Asker(self.front, ROOT)

    def other_process(self, **settings: Any) -> SmallCloud:
        """Another process on the same database and keys."""
        return SmallCloud(self.directory, self.clock, self.url, new=False, **settings)

    def by_password(self, name: str, password: str | None = None, scope: Any = None, domain: str = "default") -> Heard:
        """Ask for a token by password."""
        user = {"name": name, "domain": {"id": domain}, "password": PASSWORDS[name] if password is None else password}
        return self.ask({"methods": ["password"], "password": {"user": user}}, scope)

    def by_token(self, token: str, scope: Any = None) -> Heard:
        """Ask for a token by another."""
        return self.ask({"methods": ["token"], "token": {"id": token}}, scope)

    def ask(self, claims: dict[str, Any], scope: Any = None) -> Heard:
        """Ask for a token."""
        auth = {"identity": claims} if scope is None else {"identity": claims, "scope": scope}
        return self.stranger("POST /auth/tokens", {"auth": auth})

    def member(self, name: str, scope: Any = None, password: str | None = None, domain: str = "default") -> Asker:
        """Somebody with a token, for the project it works in unless another scope is wanted."""
        own = next((one.project for one in PEOPLE if one.name == name), None)
        heard = self.by_password(name, password, in_project(own) if scope is None and own else scope, domain)
        assert heard.code == 201, heard.content
        return Asker(self.front, ROOT, heard.headers["x-subject-token"])

    def user_id(self, name: str) -> str:
        """The id of somebody of the default domain."""
        return self._id(self.store.read(user_of_name, name, domain_id="default"))

    def project_id(self, name: str) -> str:
        """The id of a project of the default domain."""
        return self._id(self.store.read(project_of_name, "default", name))

    def role_id(self, name: str) -> str:
        """A role's id."""
        return self._id(self.store.read(role_of_name, name))

    def _id(self, row: Row | None) -> str:
        assert row is not None
        return str(row["id"])

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


class Household:
    """A domain of its own with an administrator, a manager and a reader of the domain, and a project."""

    def __init__(self, cloud: SmallCloud, name: str = "house") -> None:
        self.cloud, self.admin = cloud, cloud.member("admin")
        self.id: str = self.admin("POST /domains", {"domain": {"name": name}}).body["domain"]["id"]
        project = {"name": "garden", "domain_id": self.id}
        self.project_id: str = self.admin("POST /projects", {"project": project}).body["project"]["id"]
        self.user_ids = {role: self.add(role, role) for role in ("admin", "manager", "member", "reader")}

    def add(self, name: str, role: str) -> str:
        """A user with a role in the domain."""
        user = {"name": f"its-{name}", "domain_id": self.id, "password": "secret"}
        user_id = str(self.admin("POST /users", {"user": user}).body["user"]["id"])
        grant = f"/domains/{self.id}/users/{user_id}/roles/{self.cloud.role_id(role)}"
        assert self.admin(f"PUT {grant}").code == 204
        return user_id

    def asker(self, role: str) -> Asker:
        """Who has that role in the domain, with a token for the domain."""
        return self.cloud.member(f"its-{role}", {"domain": {"id": self.id}}, "secret", self.id)
