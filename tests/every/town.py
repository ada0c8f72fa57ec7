"""A cloud with something in it and those who ask about it: a hand for tests that are made from documents."""

from __future__ import annotations

import itertools
import json
import os
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from pileus import app
from pileus.identity import authenticate
from pileus.kernel.errors import Unauthorized
from pileus.kernel.openapi import document
from pileus.kernel.routes import Service
from pileus.kernel.versions import Version
from tests.asking import Asker, Heard
from tests.toy import Caller, Toy

EXAMPLES = int(os.environ.get("PILEUS_EXAMPLES", "0"))
"""For each operation and mood; 0 is the few that fit between other tests, always the same."""

OPEN = [service for service in app.SERVICES if service.name != "fleet"]
"""The services that people ask; hosts have keys of their own for the fleet."""

ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""What is removed is asked about first."""

ALIKE = {"flavorRef": "flavor_id", "imageRef": "image_id", "uuid": "network_id", "consumer_uuid": "server_id"}
"""What names a thing of the other's kind."""


@dataclass(frozen=True)
class Tongue:
    """A service at a version, where it has any."""

    service: Service
    at: Version | None

    def __str__(self) -> str:
        return f"{self.service.name} {self.at or ''}".strip()

    @property
    def version(self) -> str | None:
        """As it is asked for."""
        return str(self.at) if self.at else None


SPOKEN = [
    Tongue(service, at)
    for service in OPEN
    for at in ((service.versions.oldest, service.versions.newest) if service.versions else (None,))
]
"""Each of them at its oldest and its newest version."""


class Town:
    """Mary has a bit of everything; an administrator, a reader of hers, an outsider and a stranger ask with her."""

    def __init__(self, build: Callable[[], AbstractContextManager[Toy]]) -> None:
        self._build, self._built = build, ExitStack()
        self.known: dict[str, list[str]]
        self.marys: set[str]
        """What Mary sees in lists where the outsider does not."""
        self.settle()

    def settle(self) -> None:
        """A cloud of its own, where nothing has happened yet; everybody looks at what there is."""
        self.leave()
        self.toy = self._built.enter_context(self._build())
        mary, otto = self.toy.member("mary"), self.toy.member("otto")
        self.tokens = {"admin": self.toy.admin.token, "member": mary.token, "outsider": otto.token, "stranger": ""}
        self.tokens["reader"] = self.toy.reader("rita", mary.project).token
        self._furnish(mary)
        self._built.enter_context(alive(self.toy))
        self.known = {"host_name": ["host-1"]}
        for who, service in itertools.product(("admin", "member"), OPEN):
            for collection in collections(service):
                self.hear(service, collection, self.asker(Tongue(service, None), who)(f"GET {collection}"))
        self.marys = {name for service in OPEN for path in collections(service) for name in self._apart(service, path)}

    def leave(self) -> None:
        """Let go of the cloud."""
        self._built.close()

    def _furnish(self, mary: Caller) -> None:
        made = mary.network("POST /networks", {"network": {"name": "mary's"}}).body["network"]["id"]
        mary.network("POST /subnets", {"subnet": {"network_id": made, "cidr": "10.9.0.0/24", "ip_version": 4}})
        mary.network("POST /security-groups", {"security_group": {"name": "mary's"}})
        mary.image("POST /images", {"name": "mary's", "disk_format": "raw", "container_format": "bare"})
        mary.compute("POST /os-keypairs", {"keypair": {"name": "mary's"}})
        mary.compute.at("2.64")("POST /os-server-groups", {"server_group": {"name": "mary's", "policy": "affinity"}})
        mary.boot("mary's", networks=[{"uuid": made}])

    def _apart(self, service: Service, collection: str) -> set[str]:
        heard = [self.asker(Tongue(service, None), who)(f"GET {collection}") for who in ("member", "outsider")]
        if any(one.code != 200 for one in heard):
            return set()
        member, outsider = (set(named(one.body)) for one in heard)
        return member - outsider

    def mind(self) -> None:
        """Settle anew where somebody has lost what he had."""
        try:
            for token in filter(None, self.tokens.values()):
                authenticate(self.toy.cloud.store, token)
        except Unauthorized:
            self.settle()

    def asker(self, tongue: Tongue, who: str) -> Asker:
        """One of them, asking a service."""
        return Asker(self.toy.cloud.front, tongue.service.root, self.tokens[who], tongue.version)

    def hear(self, service: Service, path: str, heard: Heard) -> None:
        """Remember what a collection shows, for the paths that lead on from it."""
        variable = collections(service).get(path)
        if variable is not None and heard.code < 300 and heard.content:
            known = self.known.setdefault(variable, [])
            known += [name for name in named(heard.body) if name not in known]

    def pick(self, name: str, luck: random.Random, otherwise: Any) -> Any:
        """Something that is there, more often than not."""
        there = self.known.get(ALIKE.get(name, name)) or self.known.get(name)
        return luck.choice(there) if there and luck.random() < 0.8 else otherwise

    def with_names(self, node: Any, luck: random.Random) -> Any:
        """A body in which what seems to name something does so."""
        if isinstance(node, list):
            return [self.with_names(one, luck) for one in node]
        if not isinstance(node, dict):
            return node
        return {
            name: self.pick(name, luck, value) if isinstance(value, str) else self.with_names(value, luck)
            for name, value in node.items()
        }


@cache
def collections(service: Service) -> dict[str, str]:
    """The paths whose things have paths of their own, and the variable that names one there."""
    single = [one for one in service.operations if one.path.endswith("}") and len(one.names) == 1]
    return {one.path.rpartition("/")[0]: one.names[0] for one in single}


def named(node: Any) -> Iterator[str]:
    """Every identifier, or name where there is none, of what a list or an item shows."""
    if isinstance(node, dict):
        if isinstance(own := node.get("id", node.get("uuid", node.get("name"))), str | int):
            yield str(own)
        else:
            for value in node.values():
                yield from named(value)
    elif isinstance(node, list):
        for value in node:
            yield from named(value)


@contextmanager
def alive(toy: Toy) -> Iterator[None]:
    """Meanwhile work is done and hosts answer, without anybody having to settle."""
    ended = threading.Event()

    def live() -> None:
        while not ended.wait(0.02):
            toy.settle()

    with ThreadPoolExecutor(1) as pool:
        life = pool.submit(live)
        try:
            yield
        finally:
            ended.set()
        life.result()


@cache
def described(tongue: Tongue) -> tuple[dict[str, Any], list[Any]]:
    """A document and what schemathesis makes of it."""
    whole = document(tongue.service, "http://cloud.test", tongue.at)
    results: list[Any] = list(schemathesis.openapi.from_dict(whole).get_all_operations())
    return whole, sorted((one.ok() for one in results), key=lambda one: ORDER.index(one.method.upper()))


@dataclass(frozen=True)
class Told:
    """One request and its answer."""

    who: str
    line: str
    named: tuple[str, ...]
    """What the path names of all that there is."""
    heard: Heard

    def __str__(self) -> str:
        return f"{self.who} {self.line}: {self.heard.code} {self.heard.content[:300]!r}"


def answers(town: Town, tongue: Tongue, operation: Any, mode: GenerationMode, *, by: tuple[str, ...]) -> list[Told]:
    """What is asked of one operation by some of the town, and the answers."""
    told: list[Told] = []

    @given(case=operation.as_strategy(generation_mode=mode), who=some.sampled_from(by), luck=some.randoms())
    @settings(
        max_examples=EXAMPLES or 2,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any, who: str, luck: random.Random) -> None:
        told.append(asked(town, tongue, case, who, luck))

    with suppress(Unsatisfiable):  # nothing can be wrong where nothing is wanted
        ask()
    return told


def asked(town: Town, tongue: Tongue, case: Any, who: str, luck: random.Random) -> Told:
    """Ask, and remember what is told."""
    path, names = case.path, []
    for name, value in (case.path_parameters or {}).items():
        there = town.pick(name, luck, None)
        path = path.replace(f"{{{name}}}", str(value) if there is None else quote(there, safe=""))
        names += [] if there is None else [there]
    path = "" if path == "/" else path
    query = {name: town.pick(name, luck, value) for name, value in (case.query or {}).items()}
    content = _body(case, town.with_names(case.body, luck))
    said = {name.lower(): value for name, value in _headers(case).items() if name.lower() != "x-auth-token"}
    headers = {"content-type": case.media_type or "application/json", **said}
    line = f"{case.method} {path}?{urlencode(query, doseq=True)}"
    heard = town.asker(tongue, who)(line, content, headers=headers)
    town.hear(tongue.service, path, heard)
    return Told(who, f"{line} {headers} {content[:600]!r}", tuple(names), heard)


def _headers(case: Any) -> dict[str, str]:
    """What can be sent as a header at all."""
    given = {name: str(value) for name, value in (case.headers or {}).items()}
    return {name: value.encode("ascii", "ignore").decode() for name, value in given.items() if name.isascii()}


def _body(case: Any, body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if case.media_type == "application/x-www-form-urlencoded" and isinstance(body, dict):
        return urlencode(body, doseq=True, errors="replace").encode()
    return json.dumps(body, default=str).encode() if case.media_type and not isinstance(body, NotSet) else b""
