"""The mirror of a directory: its people and groups as rows here, so that roles, tokens and lists are as everybody's.

Rows are brought in line with each directory again and again; a login brings one person in line at once.  Public ids
are hashes of domain, kind and local id: they are the same on every node, and after the mirror was lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

import structlog
from sqlalchemy import Column, ForeignKey, String, Table, UniqueConstraint, bindparam, select

from pileus.identity.domains.configs import domain_configs
from pileus.identity.domains.directories.directory import Directory, Person, Team, directory_of
from pileus.identity.groups import group_of_name, groups, members
from pileus.identity.revision import changed
from pileus.identity.users.table import user_of_name, users
from pileus.kernel.errors import Unavailable
from pileus.kernel.reconcile import Reconciler
from pileus.kernel.store import Id, Name, Row, Store, Tx, metadata

log = structlog.get_logger("pileus.identity")

# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

mirrored = Table(
    "identity_mirrored",
    metadata,
    Column("public_id", Id, primary_key=True),
    Column("domain_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("local_id", Name, nullable=False),
    UniqueConstraint("domain_id", "kind", "local_id"),
    info={"kind": "mirrored"},
)
"""Which user or group stands for what in its domain's directory."""

_OF_DOMAIN = select(mirrored).where(
    mirrored.c.domain_id == bindparam("domain_id"), mirrored.c.kind == bindparam("kind")
)
_USERS = select(users).where(users.c.id.in_(_OF_DOMAIN.with_only_columns(mirrored.c.public_id)))
_GROUPS = select(groups).where(groups.c.id.in_(_OF_DOMAIN.with_only_columns(mirrored.c.public_id)))
_MEMBERS = select(members).where(members.c.group_id.in_(_OF_DOMAIN.with_only_columns(mirrored.c.public_id)))
_GROUPS_OF = _MEMBERS.where(members.c.user_id == bindparam("user_id"))
_DOMAINS = select(domain_configs.c.domain_id).order_by(domain_configs.c.domain_id)


def public_id(domain_id: str, kind: str, local_id: str) -> str:
    """The id that something in a directory has here."""
    return hashlib.sha256(f"{domain_id}\0{kind}\0{local_id}".encode()).hexdigest()


def local_id_of(tx: Tx, user_id: str) -> str | None:
    """What a user's directory knows it by; None for a user that is kept here."""
    row = tx.find(mirrored, user_id)
    return row["local_id"] if row else None


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

BATCH = 200
"""Rows written in one transaction."""


def mirror_person(tx: Tx, domain_id: str, person: Person) -> Row | None:
    """The user who stands for a person, as the directory has it now; None where its name is somebody else's here."""
    user_id = public_id(domain_id, "user", person.local_id)
    other = user_of_name(tx, person.name, domain_id=domain_id)
    if other is not None and other["id"] != user_id:
        log.warning("directory name taken", domain_id=domain_id, name=person.name, by=other["id"])
        return None
    told: dict[str, Any] = {"name": person.name, "enabled": person.enabled, "extras": dict(person.more)}
    present = tx.find(users, user_id)
    _note(tx, user_id, domain_id, "user", person.local_id)
    if present is None:
        return tx.insert(users, id=user_id, domain_id=domain_id, options={}, **told)
    if (present["name"], present["enabled"]) != (person.name, person.enabled):
        changed(tx)
    return tx.change(users, present, **told)


def mirror_team(tx: Tx, domain_id: str, team: Team) -> Row | None:
    """The group that stands for one of the directory; None where its name is another's here."""
    group_id = public_id(domain_id, "group", team.local_id)
    other = group_of_name(tx, domain_id, team.name)
    if other is not None and other["id"] != group_id:
        log.warning("directory name taken", domain_id=domain_id, name=team.name, by=other["id"])
        return None
    told: dict[str, Any] = {"name": team.name, "description": team.description}
    present = tx.find(groups, group_id)
    _note(tx, group_id, domain_id, "group", team.local_id)
    if present is None:
        return tx.insert(groups, id=group_id, domain_id=domain_id, extras={}, **told)
    return tx.change(groups, present, **told)


def mirror_teams_of(tx: Tx, domain_id: str, user_id: str, teams: Sequence[Team]) -> None:
    """Let a user be in just those groups of its directory."""
    wanted = {row["id"] for team in teams if (row := mirror_team(tx, domain_id, team)) is not None}
    present = {row["group_id"] for row in tx.all(_GROUPS_OF, domain_id=domain_id, kind="group", user_id=user_id)}
    _join(tx, {(group_id, user_id) for group_id in wanted - present})
    _leave(tx, {(group_id, user_id) for group_id in present - wanted})


def mirror_teams(tx: Tx, domain_id: str, teams: Sequence[Team]) -> None:
    """The same for some groups and all who are in them; people who are not mirrored are passed over."""
    for team in teams:
        row = mirror_team(tx, domain_id, team)
        if row is None:
            continue
        ids = [public_id(domain_id, "user", one) for one in team.members]
        known = {user_id for user_id in ids if tx.find(users, user_id) is not None}
        present = {one["user_id"] for one in tx.all(select(members).where(members.c.group_id == row["id"]))}
        _join(tx, {(row["id"], user_id) for user_id in known - present})
        _leave(tx, {(row["id"], user_id) for user_id in present - known})


def forget(tx: Tx, table: Table, ids: Collection[str]) -> None:
    """Remove users or groups that their directory no longer has."""
    for one in ids:
        tx.remove(table, one)
        tx.remove(mirrored, one)
    changed(tx)


def _note(tx: Tx, one: str, domain_id: str, kind: str, local_id: str) -> None:
    if tx.find(mirrored, one) is None:
        tx.insert(mirrored, public_id=one, domain_id=domain_id, kind=kind, local_id=local_id)


def _join(tx: Tx, pairs: Collection[tuple[str, str]]) -> None:
    for group_id, user_id in sorted(pairs):
        tx.insert(members, group_id=group_id, user_id=user_id)
    if pairs:
        changed(tx)


def _leave(tx: Tx, pairs: Collection[tuple[str, str]]) -> None:
    for group_id, user_id in sorted(pairs):
        tx.remove(members, {"group_id": group_id, "user_id": user_id})
    if pairs:
        changed(tx)


# ── reconciler ───────────────────────────────────────────────────────────────────────────────────────────


def mirror(store: Store, domain_id: str, directory: Directory) -> None:
    """Bring a domain's rows in line with its directory; at rest nothing is written.  Raises Unavailable."""
    people, teams = directory.people(), directory.teams()
    rows = {row["id"]: row for row in store.read(_rows, _USERS, domain_id, "user")}
    news = [one for one in people if _differs(rows.get(public_id(domain_id, "user", one.local_id)), one)]
    for start in range(0, len(news), BATCH):
        store.write(_mirror_people, domain_id, news[start : start + BATCH])
    gone = rows.keys() - {public_id(domain_id, "user", one.local_id) for one in people}
    there = {row["id"] for row in store.read(_rows, _GROUPS, domain_id, "group")}
    left = there - {public_id(domain_id, "group", one.local_id) for one in teams}
    changed_teams = store.read(_differing, domain_id, teams)
    for start in range(0, len(changed_teams), BATCH):
        store.write(mirror_teams, domain_id, changed_teams[start : start + BATCH])
    for table, ids in ((users, gone), (groups, left)):
        if ids:
            store.write(forget, table, sorted(ids))


def _mirror_people(tx: Tx, domain_id: str, people: Sequence[Person]) -> None:
    for person in people:
        mirror_person(tx, domain_id, person)


def _rows(tx: Tx, statement: object, domain_id: str, kind: str) -> list[Row]:
    return tx.all(statement, domain_id=domain_id, kind=kind)  # type: ignore[arg-type]


def _differs(row: Row | None, person: Person) -> bool:
    told = (person.name, person.enabled, dict(person.more))
    return row is None or (row["name"], row["enabled"], row["extras"]) != told


def _differing(tx: Tx, domain_id: str, teams: Sequence[Team]) -> list[Team]:
    """Groups whose rows or members are not as the directory has them."""
    rows = {row["id"]: row for row in _rows(tx, _GROUPS, domain_id, "group")}
    inside: dict[str, set[str]] = {}
    for one in _rows(tx, _MEMBERS, domain_id, "group"):
        inside.setdefault(one["group_id"], set()).add(one["user_id"])
    known = {row["id"] for row in _rows(tx, _USERS, domain_id, "user")}
    found = []
    for team in teams:
        group_id = public_id(domain_id, "group", team.local_id)
        wanted = {public_id(domain_id, "user", one) for one in team.members} & known
        row = rows.get(group_id)
        is_as_told = row is not None and (row["name"], row["description"]) == (team.name, team.description)
        if not is_as_told or inside.get(group_id, set()) != wanted:
            found.append(team)
    return found


def _outside(tx: Tx) -> list[tuple[str, Directory]]:
    """Every domain that has a directory, with it."""
    ids = [row["domain_id"] for row in tx.all(_DOMAINS)]
    found = ((domain_id, directory_of(tx, domain_id)) for domain_id in ids)
    return [(domain_id, directory) for domain_id, directory in found if directory is not None]


def mirror_all(store: Store) -> None:
    """Bring every domain in line that has a directory; one that cannot be reached stays as it is."""
    for domain_id, directory in store.read(_outside):
        try:
            mirror(store, domain_id, directory)
        except Unavailable as refusal:
            log.warning("directory away", domain_id=domain_id, because=refusal.logged)


MIRROR = Reconciler("directories", 30.0, mirror_all)
"""Who was removed from a directory, or disabled there, is out of the cloud by its next look."""
