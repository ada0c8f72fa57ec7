"""A real slapd for tests: an ordinary process on a free port of loopback, with a configuration and data of its own."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ldap3
from ldap3.core.exceptions import LDAPException

from pileus.identity.domains.directories.ldap import LdapDirectory
from tests.identity.domains.directories.papers import Papers

PROGRAM = "/usr/sbin/slapd"
SUFFIX = "dc=acme,dc=test"
ROOT, PASSWORD = f"cn=root,{SUFFIX}", "the root's"
PEOPLE, TEAMS = f"ou=People,{SUFFIX}", f"ou=Teams,{SUFFIX}"
PATIENCE = 20.0  # seconds until it answers, on a machine that is busy
_CONFIGURATION = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {place}/pid
{tls}database mdb
suffix "{suffix}"
rootdn "{root}"
rootpw "{password}"
directory {place}/data
maxsize 16777216
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
"""


class Slapd:
    """The server, and a connection that may write."""

    def __init__(self, url: str, secure_url: str = "") -> None:
        self.url, self.secure_url = url, secure_url
        self.link = ldap3.Connection(url, ROOT, PASSWORD, auto_bind=True, raise_exceptions=True)
        self.link.add(SUFFIX, ["dcObject", "organization"], {"dc": "acme", "o": "Acme"})
        for place in (PEOPLE, TEAMS):
            self.link.add(place, "organizationalUnit")

    @property
    def options(self) -> dict[str, Any]:
        """A domain's configuration for it."""
        return {
            "url": self.url,
            "user": ROOT,
            "password": PASSWORD,
            "suffix": SUFFIX,
            "user_tree_dn": PEOPLE,
            "user_id_attribute": "uid",
            "user_name_attribute": "cn",
            "user_enabled_attribute": "employeeType",
            "group_tree_dn": TEAMS,
            "group_name_attribute": "cn",
            "group_id_attribute": "cn",
        }

    @property
    def directory(self) -> LdapDirectory:
        """The driver under test."""
        return LdapDirectory("acme", self.options)

    def put_person(self, local_id: str, name: str, password: str, *, enabled: bool = True, email: str = "") -> None:
        """Write a person anew."""
        self.take_person(local_id)
        said = {"cn": name, "sn": name, "userPassword": password, "employeeType": str(enabled)}
        self.link.add(_person(local_id), "inetOrgPerson", {**said, **({"mail": email} if email else {})})

    def take_person(self, local_id: str) -> None:
        """Remove a person."""
        self._remove(_person(local_id))

    def put_team(self, local_id: str, members: Sequence[str], description: str = "") -> None:
        """Write a group anew; its members are named by their places, and one by a place where nobody is."""
        self.take_team(local_id)
        inside = [*(_person(one) for one in members), f"uid=ghost,{PEOPLE}"]
        told = {"member": inside, **({"description": description} if description else {})}
        self.link.add(f"cn={local_id},{TEAMS}", "groupOfNames", told)

    def take_team(self, local_id: str) -> None:
        """Remove a group."""
        self._remove(f"cn={local_id},{TEAMS}")

    def _remove(self, place: str) -> None:
        if self.link.search(place, "(objectClass=*)", ldap3.BASE) if self._is_there(place) else False:
            self.link.delete(place)

    def _is_there(self, place: str) -> bool:
        name = place.partition(",")[0]
        return bool(self.link.search(place.partition(",")[2], f"({name})", ldap3.LEVEL) and self.link.entries)


def _person(local_id: str) -> str:
    return f"uid={local_id},{PEOPLE}"


@contextmanager
def running_slapd(place: Path, papers: Papers | None = None) -> Iterator[Slapd]:
    """A server whose files are in a directory; with papers it speaks TLS, on a port of its own and where asked to."""
    (place / "data").mkdir(parents=True)
    shown = f"TLSCertificateFile {papers.certificate}\nTLSCertificateKeyFile {papers.key}\n" if papers else ""
    told = {"place": place, "suffix": SUFFIX, "root": ROOT, "password": PASSWORD, "tls": shown}
    (place / "slapd.conf").write_text(_CONFIGURATION.format(**told))
    urls = [f"{scheme}://127.0.0.1:{_free_port()}" for scheme in (["ldap", "ldaps"] if papers else ["ldap"])]
    command = [PROGRAM, "-f", str(place / "slapd.conf"), "-h", " ".join(urls), "-d", "0"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield _reached(*urls)
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _reached(*urls: str) -> Slapd:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return Slapd(*urls)
        except (LDAPException, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
