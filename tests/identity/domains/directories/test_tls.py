"""Nothing travels to a directory that is to speak TLS before it does, and has shown who it is; against a real slapd."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pileus.identity.domains.directories.directory import Person
from pileus.identity.domains.directories.ldap import LdapDirectory
from pileus.kernel.errors import Unavailable
from tests.identity.domains.directories.papers import Papers, made_papers
from tests.identity.domains.directories.slapd import PASSWORD, PEOPLE, Slapd, running_slapd
from tests.identity.small_cloud import SmallCloud

ANN = Person("a1", "ann", place=f"uid=a1,{PEOPLE}")
SECRET = "ann's long secret"  # of a test


class Wire:
    """A port that leads to a server, and keeps what callers send there."""

    def __init__(self, url: str) -> None:
        self._far = urlsplit(url)
        self.heard = bytearray()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"{self._far.scheme}://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Lead nowhere any more."""
        self._door.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            far = socket.create_connection((self._far.hostname, self._far.port))
            threading.Thread(target=self._carry, args=(near, far, self.heard), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, bytearray()), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, heard: bytearray) -> None:
        try:
            while piece := one.recv(4096):
                heard += piece
                other.sendall(piece)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            return


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return made_papers(tmp_path / "papers")


@pytest.fixture
def guarded(tmp_path: Path, papers: Papers) -> Iterator[Slapd]:
    """A slapd that speaks TLS, with somebody in it."""
    with running_slapd(tmp_path / "slapd", papers) as found:
        found.put_person("a1", "ann", SECRET)
        yield found


def over(slapd: Slapd, wire: Wire, authority: Path | None, **options: Any) -> LdapDirectory:
    told = {"url": wire.url, "tls_cacertfile": authority and str(authority), **options}
    return LdapDirectory("acme", {**slapd.options, **told})


WAYS = pytest.mark.parametrize("way", ["LDAPS", "StartTLS"])


@pytest.fixture
def wires(guarded: Slapd) -> Iterator[dict[str, tuple[Wire, dict[str, Any]]]]:
    """Both ways to speak TLS: a wire for each, and the options it wants."""
    whole, begun = Wire(guarded.secure_url), Wire(guarded.url)
    yield {"LDAPS": (whole, {}), "StartTLS": (begun, {"use_tls": True})}
    whole.close()
    begun.close()


@WAYS
def test_people_are_told_and_passwords_checked(guarded: Slapd, papers: Papers, wires: Any, way: str):
    wire, options = wires[way]
    directory = over(guarded, wire, papers.authority, **options)
    assert [one.name for one in directory.people()] == ["ann"]
    assert directory.is_password(ANN, SECRET)
    assert not directory.is_password(ANN, "wrong")
    assert wire.heard
    for secret in (SECRET, PASSWORD):
        assert secret.encode() not in wire.heard


def test_without_tls_the_wire_hears_it_all(guarded: Slapd, wires: Any):
    wire, _ = wires["StartTLS"]
    assert over(guarded, wire, None).is_password(ANN, SECRET)
    assert SECRET.encode() in wire.heard


@WAYS
@pytest.mark.parametrize("believed", ["another", "none", "missing"])
def test_a_server_of_an_unknown_authority_is_told_nothing(
    guarded: Slapd, tmp_path: Path, wires: Any, way: str, believed: str
):
    wire, options = wires[way]
    others = {"another": made_papers(tmp_path / "others").authority, "none": None, "missing": tmp_path / "none.pem"}
    refuses(over(guarded, wire, others[believed], **options))
    assert SECRET.encode() not in wire.heard
    assert PASSWORD.encode() not in wire.heard


@WAYS
def test_a_certificate_of_another_address_is_refused(tmp_path: Path, way: str):
    papers = made_papers(tmp_path / "papers", "127.0.0.2")
    with running_slapd(tmp_path / "slapd", papers) as slapd:
        wire = Wire(slapd.secure_url if way == "LDAPS" else slapd.url)
        refuses(over(slapd, wire, papers.authority, use_tls=way == "StartTLS"))
        assert PASSWORD.encode() not in wire.heard
        wire.close()


@WAYS
def test_where_no_proof_is_demanded_any_server_will_do(guarded: Slapd, wires: Any, way: str):
    wire, options = wires[way]
    assert over(guarded, wire, None, tls_req_cert="never", **options).is_password(ANN, SECRET)
    assert SECRET.encode() not in wire.heard


def test_a_server_that_cannot_begin_tls_is_not_asked_in_plain_words(slapd: Slapd, papers: Papers):
    slapd.put_person("a1", "ann", SECRET)
    wire = Wire(slapd.url)
    refuses(over(slapd, wire, papers.authority, use_tls=True))
    assert wire.heard
    assert SECRET.encode() not in wire.heard
    assert PASSWORD.encode() not in wire.heard
    wire.close()


def test_to_begin_tls_where_it_is_spoken_already_is_no_mistake(guarded: Slapd, papers: Papers, wires: Any):
    wire, _ = wires["LDAPS"]
    directory = over(guarded, wire, papers.authority, use_tls=True)
    assert [one.name for one in directory.people()] == ["ann"]
    assert directory.is_password(ANN, SECRET)


@WAYS
def test_a_domain_names_its_authority(cloud: SmallCloud, guarded: Slapd, papers: Papers, tmp_path: Path, way: str):
    admin = cloud.member("admin")
    domain_id = admin("POST /domains", {"domain": {"name": "acme"}}).body["domain"]["id"]
    config = f"/domains/{domain_id}/config"
    own = {"url": guarded.secure_url} if way == "LDAPS" else {"use_tls": True}
    options = {**guarded.options, **own, "tls_cacertfile": str(papers.authority)}
    assert admin(f"PUT {config}", {"config": {"identity": {"driver": "ldap"}, "ldap": options}}).code == 201
    assert cloud.by_password("ann", SECRET, domain=domain_id).code == 201
    assert cloud.by_password("ann", "wrong", domain=domain_id).code == 401
    other = {"tls_cacertfile": str(made_papers(tmp_path / "others").authority)}
    assert admin(f"PATCH {config}", {"config": {"ldap": other}}).code == 200
    assert cloud.by_password("ann", SECRET, domain=domain_id).code == 503


def refuses(directory: LdapDirectory) -> None:
    for ask in (directory.people, lambda: directory.is_password(ANN, SECRET)):
        with pytest.raises(Unavailable):
            ask()
