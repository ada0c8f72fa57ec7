"""Every OpenAPI document, as a stranger's machine reads it: whatever it lets one ask, the answer is one it tells of.

Examples are made from the documents, good and bad, at the oldest and the newest version, on both databases, and
asked by an administrator, a member, a reader and a stranger; what is named in a path is there more often than not.

    PILEUS_EXAMPLES=300 pytest tests/test_every_document.py -k compute     a long run, with other examples each time
"""

from __future__ import annotations

import itertools
import json
import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from pileus import app
from pileus.identity import authenticate
from pileus.kernel.errors import Unauthorized
from pileus.kernel.openapi import document
from pileus.kernel.routes import Service
from pileus.kernel.versions import Version
from tests.asking import Asker, Heard
from tests.templates import postgres_copy
from tests.toy import Toy

EXAMPLES = int(os.environ.get("PILEUS_EXAMPLES", "0"))
"""For each operation and mood; 0 is the few that fit between other tests, always the same."""

OPEN = [service for service in app.SERVICES if service.name != "fleet"]


@dataclass(frozen=True)
class Tongue:
    """A service at a version, where it has any."""

    service: Service
    at: Version | None

    def __str__(self) -> str:
        return f"{self.service.name} {self.at or ''}".strip()


SPOKEN = [
    Tongue(service, at)
    for service in OPEN
    for at in ((service.versions.oldest, service.versions.newest) if service.versions else (None,))
]
MOODS = {"good": GenerationMode.POSITIVE, "bad": GenerationMode.NEGATIVE}
WHO = ("admin", "member", "reader", "stranger")
ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""What is removed is asked about first."""


ALIKE = {"flavorRef": "flavor_id", "imageRef": "image_id", "uuid": "network_id", "consumer_uuid": "server_id"}
"""What names a thing of the other's kind."""


class Town:
    """A cloud with something in it, four who ask, and what they know of it by name."""

    def __init__(self, toy: Toy) -> None:
        self.toy = toy
        self.known: dict[str, list[str]] = {"host_name": ["host-1"]}
        self.people = 0
        self.settle()

    def settle(self) -> None:
        """Somebody new of each kind, and a look at what there is; who was there before may have been removed."""
        self.people += 1
        member = self.toy.member(f"mary-{self.people}")
        admin = self.toy._somebody(f"anna-{self.people}", "admin", ["admin"])
        reader = self.toy.reader(f"rita-{self.people}", member.project)
        self.tokens = {"admin": admin.token, "member": member.token, "reader": reader.token, "stranger": ""}
        member.compute("POST /os-keypairs", {"keypair": {"name": f"key-{self.people}"}})
        member.network("POST /security-groups", {"security_group": {"name": f"group-{self.people}"}})
        member.boot(f"web-{self.people}")
        for who, service in itertools.product(("admin", "member"), OPEN):
            for collection in collections(service):
                self.hear(service, collection, self.asker(Tongue(service, None), who)(f"GET {collection}"))

    def mind(self) -> None:
        """Settle again where somebody has lost what he had."""
        try:
            for token in filter(None, self.tokens.values()):
                authenticate(self.toy.cloud.store, token)
        except Unauthorized:
            self.settle()

    def asker(self, tongue: Tongue, who: str) -> Asker:
        """One of the four, asking a service."""
        version = str(tongue.at) if tongue.at else None
        return Asker(self.toy.cloud.front, tongue.service.root, self.tokens[who], version)

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


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One for each database."""
    own = postgres_copy() if request.param == "postgresql" else nullcontext("")
    with own as url:
        toy = Toy(tmp_path_factory.mktemp("town"), hosts=1, url=url)
        town = Town(toy)
        with alive(toy):
            yield town
        toy.close()


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


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("tongue", SPOKEN, ids=str)
def test_what_a_document_lets_one_ask_is_answered_as_it_says(town: Town, tongue: Tongue, mood: str) -> None:
    whole, operations = described(tongue)
    wrong: list[str] = []
    for operation in operations:
        town.mind()
        known = whole["paths"][operation.path][operation.method.lower()]["responses"]
        for line, heard in answers(town, tongue, operation, MOODS[mood]):
            if heard.code >= 500 or str(heard.code) not in known:
                wrong.append(f"{line}: {heard.code} {heard.content[:300]!r}")
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def answers(town: Town, tongue: Tongue, operation: Any, mode: GenerationMode) -> list[tuple[str, Heard]]:
    """What is asked of one operation, and the answers."""
    heard: list[tuple[str, Heard]] = []

    @given(case=operation.as_strategy(generation_mode=mode), who=some.sampled_from(WHO), luck=some.randoms())
    @settings(
        max_examples=EXAMPLES or 2,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any, who: str, luck: random.Random) -> None:
        heard.append(asked(town, tongue, case, who, luck))

    ask()
    return heard


def asked(town: Town, tongue: Tongue, case: Any, who: str, luck: random.Random) -> tuple[str, Heard]:
    """One request and its answer."""
    path = case.path
    for name, value in (case.path_parameters or {}).items():
        there = town.pick(name, luck, None)
        path = path.replace(f"{{{name}}}", str(value) if there is None else quote(there, safe=""))
    path = "" if path == "/" else path
    query = {name: town.pick(name, luck, value) for name, value in (case.query or {}).items()}
    content = body_of(case, town.with_names(case.body, luck))
    headers = {name: value for name, value in headers_of(case).items() if name.lower() != "x-auth-token"}
    line = f"{case.method} {path}?{urlencode(query, doseq=True)}"
    heard = town.asker(tongue, who)(line, content, headers=headers)
    town.hear(tongue.service, path, heard)
    return f"{who} {line} {headers} {content[:600]!r}", heard


def headers_of(case: Any) -> dict[str, str]:
    """What can be sent as a header at all."""
    given = {name: str(value) for name, value in (case.headers or {}).items()}
    return {name: value.encode("ascii", "ignore").decode() for name, value in given.items() if name.isascii()}


def body_of(case: Any, body: Any) -> bytes:
    """The body as it is sent."""
    if isinstance(body, bytes):
        return body
    return json.dumps(body, default=str).encode() if case.media_type and not isinstance(body, NotSet) else b""
