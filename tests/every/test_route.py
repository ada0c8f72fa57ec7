"""Every route of every service, from its declaration: strangers are turned away, and nonsense is refused in words."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from pileus import app
from pileus.compute import compute
from pileus.identity import identity
from pileus.kernel.errors import Missing
from pileus.kernel.routes import Operation, Service
from tests.asking import Asker, Heard
from tests.toy import Toy

OPEN = [service for service in app.SERVICES if service.name != "fleet"]
"""The services that people ask; hosts have keys of their own for the fleet."""
SPOKEN = [
    pytest.param(service, str(at) if at else None, id=f"{service.name} {at or ''}".strip())
    for service in OPEN
    for at in ((service.versions.oldest, service.versions.newest) if service.versions else (None,))
]
"""Each of them at its oldest and its newest version."""

NOBODYS = "b1946ac9-2492-4d23-b7cb-2c2f4b3a6a2e"
NONSENSE = (
    *(b"", b"{", b"[]", b"7", b"null", b"\xff", b'{"nonsense": 1}', b'{"nonsense": "\\u0000"}'),
    *(b"[" * 5000, b'{"a": 1' + b"0" * 9000 + b"}"),
)
REFUSALS = frozenset({400, 403, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415})
LARGE = 8 << 20
"""Bytes: what takes more of them is not tried with one more."""
CHEAP = frozenset({200, 201, 202, 204, 300, 304})
"""What those are told whose nonsense nobody reads: a question, a removal of what there was not."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toy]:
    """One cloud for all: what is asked here changes nothing that is asked about later."""
    made = Toy(tmp_path_factory.mktemp("cloud"), hosts=1)
    yield made
    made.close()


def private(service: Service) -> list[Operation]:
    """Its operations that want a token."""
    return [one for one in service.operations if not one.public]


def ask(asker: Asker, operation: Operation, *, value: str = NOBODYS, body: bytes | None = None) -> Heard:
    """Ask for an operation, its path's variables all being `value`."""
    path = operation.path
    for name in operation.names:
        path = path.replace(f"{{{name}}}", value)
    if body is None and operation.reads_body:
        body = json.dumps({operation.action: None} if operation.action else {}).encode()
    return asker(f"{operation.method} {'' if path == '/' else path}", body)


def asker_of(toy: Toy, service: Service, token: str, version: str | None) -> Asker:
    """Somebody with a token."""
    return Asker(toy.cloud.front, service.root, token, version)


def is_worded(operation: Operation, heard: Heard) -> bool:
    """Whether a refusal is told in the service's own envelope; who has no token is told so alike by all of them."""
    service = identity if heard.code == 401 else operation.service
    pattern = service.manner.refused(heard.code, Missing("It is not there."), "req-1")
    if operation.method == "HEAD":
        return not heard.content
    if isinstance(pattern, bytes):
        return heard.content.startswith(pattern[:6])
    return list(heard.body) == list(pattern)


def is_fair(operation: Operation, heard: Heard) -> bool:
    """Whether this is a refusal that the documents know, in the service's words, or nothing had to be refused."""
    return heard.code in CHEAP or (heard.code in REFUSALS and is_worded(operation, heard))


def told(operation: Operation, heard: Heard, *, about: object = "") -> str:
    """A complaint."""
    line = f"{operation.method} {operation.path} {operation.action or ''}"
    return f"{line} {about!r}: {heard.code} {heard.content[:200]!r}"


@pytest.mark.parametrize(("service", "version"), SPOKEN)
@pytest.mark.parametrize("token", ["", "nonsense", "gAAAAA" + "x" * 200], ids=["none", "short", "long"])
def test_a_stranger_is_asked_who_it_is(cloud: Toy, service: Service, version: str | None, token: str) -> None:
    asker = asker_of(cloud, service, token, version)
    heard = [(one, ask(asker, one)) for one in private(service) if version is None or is_spoken(one, version)]
    assert heard
    assert not [told(one, answer) for one, answer in heard if answer.code != 401 or not is_worded(one, answer)]


def is_spoken(operation: Operation, version: str) -> bool:
    """Whether an operation is there at a version."""
    versions = operation.service.versions
    assert versions is not None
    at = versions.oldest if version == str(versions.oldest) else versions.newest
    return operation.span.holds(at)


@pytest.mark.parametrize(("service", "version"), SPOKEN)
def test_nonsense_is_refused_in_words(cloud: Toy, service: Service, version: str | None) -> None:
    asker = asker_of(cloud, service, cloud.admin.token, version)
    asked = [(one, body) for one in private(service) if one.reads_body and not one.stream for body in NONSENSE]
    heard = [(one, body, ask(asker, one, body=body)) for one, body in asked]
    assert heard
    wrong = [told(one, answer, about=body[:20]) for one, body, answer in heard if not is_fair(one, answer)]
    assert not wrong


@pytest.mark.parametrize(("service", "version"), SPOKEN)
@pytest.mark.parametrize("value", ["a%00b", "x" * 300, "%ff", "-1", "9" * 40, "%2e%2e"], ids=lambda value: value[:6])
def test_a_path_of_nonsense_is_refused_in_words(cloud: Toy, service: Service, version: str | None, value: str) -> None:
    asker = asker_of(cloud, service, cloud.admin.token, version)
    heard = [(one, ask(asker, one, value=value)) for one in private(service) if one.names]
    assert heard
    assert not [told(one, answer, about=value[:10]) for one, answer in heard if not is_fair(one, answer)]


@pytest.mark.parametrize(("service", "version"), SPOKEN)
def test_a_body_that_is_too_large_is_refused_before_it_is_read(
    cloud: Toy, service: Service, version: str | None
) -> None:
    asker = asker_of(cloud, service, cloud.admin.token, version)
    reading = [one for one in private(service) if one.reads_body and not one.stream]
    heard = [(one, ask(asker, one, body=b" " * (one.most + 1))) for one in reading if one.most <= LARGE]
    assert heard
    assert not [told(one, answer) for one, answer in heard if answer.code not in (404, 413) or not is_fair(one, answer)]


@pytest.mark.parametrize(("service", "version"), SPOKEN)
@pytest.mark.parametrize("marker", [NOBODYS, "%00", "%ff", "../..", "x" * 5000], ids=lambda marker: marker[:5])
def test_a_marker_that_marks_nothing_breaks_no_list(
    cloud: Toy, service: Service, version: str | None, marker: str
) -> None:
    asker = asker_of(cloud, service, cloud.admin.token, version)
    lists = [one for one in private(service) if one.method == "GET" and one.verb == "list" and not one.names]
    heard = [(one, asker(f"GET {one.path}?marker={marker}&limit=1")) for one in lists]
    assert heard
    assert not [told(one, answer) for one, answer in heard if not is_fair(one, answer)]


@pytest.mark.parametrize("version", ["2.1", "2.104"])
def test_who_may_only_look_at_servers_changes_none(cloud: Toy, version: str) -> None:
    looker = cloud.reader("rita", "rita's project").compute.at(version)
    writing = [one for one in private(compute) if one.writes and not is_own(one)]
    heard = [(one, ask(looker, one)) for one in writing]
    assert heard
    assert not [told(one, answer) for one, answer in heard if answer.code not in (400, 403, 404)]
    whole = [(one, answer) for one, answer in heard if not one.names and is_spoken(one, version)]
    assert not [told(one, answer) for one, answer in whole if answer.code not in (400, 403)]


def is_own(operation: Operation) -> bool:
    """Key pairs belong to users, not to projects: whoever may look has its own."""
    return "os-keypairs" in operation.path
