"""A directory that speaks LDAP: people and groups found by search, passwords checked by binding as somebody.

The options are those of a domain's configuration (`identity/domains/options.py`).  Referrals are not followed; what a
caller gave goes into a filter escaped.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import ldap3
from ldap3.core.exceptions import LDAPException, LDAPSASLPrepError
from ldap3.utils.conv import escape_filter_chars

from pileus.identity.domains.directories.directory import Options, Person, Team
from pileus.identity.domains.directories.entries import Entry, Layout
from pileus.kernel.errors import Unavailable

SECONDS = 5
"""To connect, and for each answer."""
_SCOPES = {"one": ldap3.LEVEL, "sub": ldap3.SUBTREE}
_ALIASES = {
    "never": ldap3.DEREF_NEVER,
    "searching": ldap3.DEREF_SEARCH,
    "always": ldap3.DEREF_ALWAYS,
    "finding": ldap3.DEREF_BASE,
    "default": ldap3.DEREF_NEVER,
}
_PAGE = 500


class LdapDirectory:
    """One domain's directory; every question is a connection of its own."""

    def __init__(self, domain_id: str, options: Options) -> None:
        self._layout = Layout.of(options)
        self._options = self._layout.options

    def people(self) -> list[Person]:
        """Everybody."""
        with self._bound() as link:
            return self._people(link, "")

    def teams(self) -> list[Team]:
        """Every group."""
        with self._bound() as link:
            known = None if self._options["group_members_are_ids"] else self._places(link)
            return [self._layout.team(entry, known) for entry in self._search(link, "group", "")]

    def named(self, name: str) -> Person | None:
        """The person of that name."""
        return self._person("user_name_attribute", name)

    def known_as(self, local_id: str) -> Person | None:
        """The person of that local id."""
        return self._person("user_id_attribute", local_id)

    def teams_of(self, person: Person) -> list[Team]:
        """The groups a person is in, without their members."""
        value = person.local_id if self._options["group_members_are_ids"] else person.place
        condition = f"({self._options['group_member_attribute']}={escape_filter_chars(value)})"
        with self._bound() as link:
            return [self._layout.team(entry, {}) for entry in self._search(link, "group", condition)]

    def is_password(self, person: Person | None, password: str) -> bool:
        """Whether the directory lets somebody in as that person.

        It is not asked about an empty password, which many take for a caller without a name, nor about one with
        control characters, which nobody can have.
        """
        if not password:
            return False
        place = person.place if person is not None else f"cn=nobody,{self._layout.tree('user')}"
        try:
            link = self._connection(place, password)
            accepted = bool(self._open(link) and link.bind())
            link.unbind()
        except LDAPSASLPrepError:
            return False
        except (LDAPException, OSError) as error:
            raise _away(error) from error
        return accepted and person is not None

    def _person(self, attribute: str, value: str) -> Person | None:
        condition = f"({self._options[attribute]}={escape_filter_chars(value)})"
        with self._bound() as link:
            found = self._people(link, condition)
        return found[0] if len(found) == 1 else None

    def _people(self, link: Any, condition: str) -> list[Person]:
        enabled = self._enabled_places(link) if self._options["user_enabled_emulation"] else None
        return [self._layout.person(entry, enabled) for entry in self._search(link, "user", condition)]

    def _places(self, link: Any) -> dict[str, str]:
        """Local ids by place."""
        return {one.place.lower(): one.local_id for one in self._people(link, "")}

    def _enabled_places(self, link: Any) -> frozenset[str]:
        """The places that the group of those who are enabled names."""
        link.search(
            self._layout.emulation_place,
            "(objectClass=*)",
            ldap3.BASE,
            attributes=[self._options["group_member_attribute"]],
            time_limit=SECONDS,
        )
        entries = [Entry.of(one) for one in link.response or () if one.get("type") == "searchResEntry"]
        return frozenset(place.lower() for one in entries for place in one.all(self._options["group_member_attribute"]))

    def _search(self, link: Any, kind: str, condition: str) -> list[Entry]:
        """The entries of a kind that meet a condition, page by page; those without an id or a name are passed over."""
        options = self._options
        own = options[f"{kind}_filter"] or ""
        found = link.extend.standard.paged_search(
            self._layout.tree(kind),
            f"(&(objectClass={options[f'{kind}_objectclass']}){own}{condition})",
            _SCOPES.get(options["query_scope"], ldap3.LEVEL),
            _ALIASES.get(options["alias_dereferencing"], ldap3.DEREF_NEVER),
            attributes=self._layout.attributes(kind),
            paged_size=options["page_size"] or _PAGE,
            time_limit=SECONDS,
            generator=True,
        )
        entries = [Entry.of(one) for one in found if one.get("type") == "searchResEntry"]
        needed = [options[f"{kind}_id_attribute"], options[f"{kind}_name_attribute"]]
        return [entry for entry in entries if all(entry.first(name) for name in needed)]

    @contextmanager
    def _bound(self) -> Iterator[Any]:
        """A connection for questions, as the user the configuration names or as nobody."""
        try:
            link = self._connection(self._options["user"], self._options.get("password"))
            if not (self._open(link) and link.bind()):
                raise _away(f"it does not accept {self._options['user'] or 'callers without a name'}")
            try:
                yield link
            finally:
                link.unbind()
        except (LDAPException, OSError) as error:
            raise _away(error) from error

    def _open(self, link: Any) -> bool:
        """Connect, and begin TLS where it is wanted and not spoken already; where it cannot begin, that raises."""
        link.open()
        return bool(link.server.ssl or link.start_tls()) if self._options["use_tls"] else True

    def _connection(self, user: str | None, password: str | None) -> Any:
        servers = [self._server(url.strip()) for url in str(self._options["url"]).split(",")]
        pool = servers[0] if len(servers) == 1 else ldap3.ServerPool(servers, ldap3.FIRST, active=1, exhaust=True)
        limits = {"read_only": True, "receive_timeout": SECONDS, "auto_referrals": False}
        return ldap3.Connection(pool, user, password, **limits)

    def _server(self, url: str) -> Any:
        tls = ldap3.Tls(
            validate=_VALIDATE.get(self._options["tls_req_cert"], ssl.CERT_REQUIRED),
            ca_certs_file=self._options["tls_cacertfile"],
            ca_certs_path=self._options["tls_cacertdir"],
        )
        return ldap3.Server(url, get_info=ldap3.NONE, connect_timeout=SECONDS, tls=tls)


_VALIDATE: Mapping[str, ssl.VerifyMode] = {
    "never": ssl.CERT_NONE,
    "allow": ssl.CERT_OPTIONAL,
    "demand": ssl.CERT_REQUIRED,
}


def _away(because: object) -> Unavailable:
    return Unavailable("The directory of the domain cannot be reached.", f"LDAP: {because}")
