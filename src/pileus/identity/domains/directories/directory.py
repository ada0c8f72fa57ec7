"""What a directory must be able to do, and which one a domain has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from pileus.identity.domains.configs import config_of, driver_of
from pileus.kernel.errors import Forbidden, Unavailable
from pileus.kernel.store import Tx


class Person(NamedTuple):
    """Somebody in a directory."""

    local_id: str
    """What the directory knows it by."""
    name: str
    enabled: bool = True
    more: Mapping[str, str] = {}
    """E-mail, description and the like, as users have them."""
    place: str = ""
    """Where it is in the directory, in the directory's own words."""


class Team(NamedTuple):
    """A group in a directory."""

    local_id: str
    name: str
    description: str = ""
    members: frozenset[str] = frozenset()
    """Local ids of people."""


class Directory(Protocol):
    """A store of people; it is read, never written.  Every verb raises Unavailable where it cannot be reached."""

    def people(self) -> list[Person]:
        """Everybody."""

    def teams(self) -> list[Team]:
        """Every group."""

    def named(self, name: str) -> Person | None:
        """The person of that name."""

    def known_as(self, local_id: str) -> Person | None:
        """The person of that local id."""

    def teams_of(self, person: Person) -> list[Team]:
        """The groups a person is in; their members may be left out."""

    def is_password(self, person: Person | None, password: str) -> bool:
        """Whether that is the person's password; takes as long where there is nobody."""


REST = timedelta(seconds=5)
"""How long a directory that could not be reached is not asked about a login again."""

Options = Mapping[str, Any]
Open = Callable[[str, Options], Directory]
"""Opens a domain's directory: the domain's id, and the options of the driver's group."""


class Directories:
    """The kinds of directory there are, by the name a domain's configuration has for them; one of the cloud's parts."""

    def __init__(self, kinds: Mapping[str, Open]) -> None:
        self._kinds = dict(kinds)
        self._away: dict[str, datetime] = {}

    def note_away(self, domain_id: str, now: datetime) -> None:
        """Remember that a domain's directory could not be reached."""
        self._away[domain_id] = now

    def check_there(self, domain_id: str, now: datetime) -> None:
        """Refuse to ask a directory that was away a moment ago: others wait behind it.  Raises Unavailable."""
        since = self._away.get(domain_id)
        if since is not None and now - since < REST:
            raise Unavailable("The directory of the domain cannot be reached.", "it was away a moment ago")

    def of_domain(self, tx: Tx, domain_id: str) -> Directory | None:
        """A domain's directory; None where its users are kept here."""
        config = config_of(tx, domain_id)
        kind = driver_of(config)
        return self._kinds[kind](domain_id, config.get(kind, {})) if kind in self._kinds else None


def directory_of(tx: Tx, domain_id: str) -> Directory | None:
    """A domain's directory; None where its users are kept here."""
    return tx.part(Directories).of_domain(tx, domain_id)


def refuse_outside(tx: Tx, domain_id: str) -> None:
    """Refuse to write users and groups that a directory keeps; raises Forbidden."""
    if directory_of(tx, domain_id) is not None:
        raise Forbidden("The domain's users and groups are kept in a directory that is not written from here.")
