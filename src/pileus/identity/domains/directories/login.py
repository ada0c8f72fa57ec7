"""Somebody whose domain has a directory logs in: the directory is asked, and the person mirrored as it is now."""

from __future__ import annotations

from typing import NamedTuple

from pileus.identity.auth.lockout import stranger
from pileus.identity.auth.proof import admitted
from pileus.identity.auth.shape import DomainName, UserName
from pileus.identity.domains.directories.directory import Directories, Directory, Person, Team, directory_of
from pileus.identity.domains.directories.mirror import local_id_of, mirror_person, mirror_teams_of
from pileus.identity.projects.table import project_of_name
from pileus.identity.users.table import user_of_id, user_of_name
from pileus.kernel.errors import Unavailable
from pileus.kernel.store import Row, Store, Tx


class Doorway(NamedTuple):
    """Where somebody must be asked for."""

    domain_id: str
    directory: Directory
    local_id: str | None
    """Where it was named by its id here."""
    present: Row | None


def doorway(tx: Tx, name: UserName) -> Doorway | None:
    """The directory that must be asked about a user, if its domain has one."""
    domain = name.domain or DomainName()
    present = user_of_id(tx, name.id) if name.id is not None else None
    if present is not None:
        domain_id = present["domain_id"]
    elif domain.id is not None:
        domain_id = domain.id
    else:
        found = project_of_name(tx, None, domain.name) if domain.name is not None else None
        domain_id = found["id"] if found else None
    directory = directory_of(tx, domain_id) if domain_id else None
    if directory is None or (present is None and name.name is None):
        return None
    if present is None:
        present = user_of_name(tx, str(name.name), domain_id=domain_id)
    return Doorway(domain_id, directory, local_id_of(tx, present["id"]) if name.id and present else None, present)


def log_in(store: Store, door: Doorway, name: UserName, password: str) -> Row:
    """The user, if its directory takes the password; raises Unauthorized, Unavailable."""
    store.part(Directories).check_there(door.domain_id, store.clock.now())
    try:
        person, right, teams = _asked(door, name, password)
    except Unavailable:
        store.part(Directories).note_away(door.domain_id, store.clock.now())
        raise
    user = store.write(_arrive, door, person, teams) if right and person else door.present
    subject = user["id"] if user else stranger(name.id, name.name, door.domain_id, None)
    return admitted(store, user, subject, right=right)


def _asked(door: Doorway, name: UserName, password: str) -> tuple[Person | None, bool, list[Team]]:
    """What the directory says: who it is, whether that is the password, and the person's groups."""
    person = _person(door, name)
    right = door.directory.is_password(person, password)
    return person, right, door.directory.teams_of(person) if right and person is not None else []


def _person(door: Doorway, name: UserName) -> Person | None:
    if name.id is not None:
        return door.directory.known_as(door.local_id) if door.local_id is not None else None
    return door.directory.named(str(name.name))


def _arrive(tx: Tx, door: Doorway, person: Person, teams: list[Team]) -> Row | None:
    row = mirror_person(tx, door.domain_id, person)
    if row is None:
        return None
    mirror_teams_of(tx, door.domain_id, row["id"], teams)
    return user_of_id(tx, row["id"])
