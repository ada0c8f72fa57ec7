"""Key pairs: the SSH keys (or X.509 certificates) users have put into their servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta
from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint, bindparam, func, select

from pileus.compute.api import compute
from pileus.compute.changes import OTHERS_KEYS
from pileus.compute.keys import fingerprint_of, generate
from pileus.compute.quotas import limits_of
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Missing, OverQuota
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.store import Id, Moment, Page, Row, Tx, metadata, page
from pileus.kernel.values import Count
from pileus.kernel.versions import Change, Version, change, codes, span

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

Name = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^(?! )[-_@. a-zA-Z0-9]*[-_@.a-zA-Z0-9]\Z")]
PlainName = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^(?! )[-_ a-zA-Z0-9]*[-_a-zA-Z0-9]\Z")]
Type = Literal["ssh", "x509"]


class KeyPair(Resource, one="keypair", many="keypairs", wraps_items=True):
    """An SSH key a user may have put into servers."""

    name: Name = given("create", since="2.92") | given("create", PlainName, until="2.92") | shown()
    public_key: str = given("create", since="2.92") | given("create", str | None, default=None, until="2.92") | shown()
    type: Type = given("create", default="ssh", since="2.2") | shown(since="2.2")
    fingerprint: str = shown()
    user_id: str = given("create list show delete", default=UNSET, since="2.10") | shown("show create")
    private_key: str = shown("create", until="2.92", noted=True)
    id: int = shown("show", wire="id", made=int)
    deleted: bool = shown("show")
    created_at: str = shown("show", made=lambda at: at.isoformat())
    updated_at: str | None = shown("show")
    deleted_at: str | None = shown("show")
    limit: Count = given("list", default=UNSET, since="2.35")
    marker: str = given("list", default=UNSET, since="2.35")


@change(KeyPair, since="2.92")
class OnlyImported(Change):
    """Keys are made by their owner; before, one could be generated."""

    @staticmethod
    def older_ask(verb: str, asked: Any, notes: dict[str, Any]) -> None:
        if verb == "create" and asked.public_key is None:
            kind = "ssh" if asked.type is UNSET else asked.type
            asked.public_key, notes["private_key"] = generate(kind, asked.name)


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

keypairs = Table(
    "compute_keypairs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", Id, nullable=False),
    Column("name", String(255), nullable=False),
    Column("type", String(8), nullable=False),
    Column("public_key", Text, nullable=False),
    Column("fingerprint", String(255), nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("user_id", "name"),
    info={"kind": "keypair"},
)

_OF_USER = select(keypairs).where(keypairs.c.user_id == bindparam("user_id"))
_ONE = _OF_USER.where(keypairs.c.name == bindparam("name"))
_COUNT = select(func.count()).select_from(keypairs).where(keypairs.c.user_id == bindparam("user_id"))


def key_of(tx: Tx, user_id: str, name: str) -> Row | None:
    """A user's key by its name."""
    return tx.one(_ONE, user_id=user_id, name=name)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def owner(tx: Tx, who: Caller, path: Mapping[str, str], asked: KeyPair) -> Mapping[str, Any]:
    """Whose keys are meant: the caller's, or another user's whom an administrator names."""
    named = asked.user_id if who.can(OTHERS_KEYS) and asked.user_id is not UNSET else who.user_id
    return {"user_id": named, "project_id": who.project_id}


def one_key(tx: Tx, who: Caller, path: Mapping[str, str], asked: KeyPair) -> Mapping[str, Any]:
    """The key a path names."""
    whose = owner(tx, who, path, asked)["user_id"]
    if not who.may("os_compute_api:os-keypairs:show", {"user_id": whose}):
        return {"user_id": whose}
    row = key_of(tx, whose, path["keypair_name"])
    if row is None:
        raise Missing(f"Keypair {path['keypair_name']} not found for user {whose}")
    return row


def _is_generated(body: bytes, at: Version) -> Literal["heavy", "writes"]:
    return "heavy" if span(until="2.92").holds(at) and b'"public_key"' not in body else "writes"


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@compute.route("GET /os-keypairs", KeyPair, "list", rule="os_compute_api:os-keypairs:index", of=owner)
def list_keys(tx: Tx, who: Caller, target: Mapping[str, Any], asked: KeyPair) -> Page:
    """A user's keys by name; the marker is a name too."""
    limit = None if asked.limit is UNSET else asked.limit
    marker = None if asked.marker is UNSET else asked.marker
    mine = select(keypairs).where(keypairs.c.user_id == target["user_id"])
    return page(tx, mine, keypairs, limit=limit, marker=marker, sort=[("name", "asc")], tie="name")


@compute.route(
    "POST /os-keypairs",
    KeyPair,
    "create",
    rule="os_compute_api:os-keypairs:create",
    of=owner,
    code=codes(200, v2_2=201),
    pool=_is_generated,
)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: KeyPair) -> Row:
    """Keep a key; 409 where the user has one of that name."""
    kind = "ssh" if asked.type is UNSET else asked.type
    fingerprint = fingerprint_of(kind, asked.public_key)
    if key_of(tx, target["user_id"], asked.name) is not None:
        raise Conflict(f"Key pair '{asked.name}' already exists.")
    if 0 <= limits_of(tx, who.project_id)["key_pairs"] <= tx.value(_COUNT, user_id=target["user_id"]):
        raise OverQuota("Quota exceeded, too many key pairs.")
    return tx.insert(
        keypairs,
        user_id=target["user_id"],
        name=asked.name,
        type=kind,
        public_key=asked.public_key,
        fingerprint=fingerprint,
        created_at=tx.now,
    )


@compute.route("GET /os-keypairs/{keypair_name}", KeyPair, "show", rule="os_compute_api:os-keypairs:show", of=one_key)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: KeyPair) -> Mapping[str, Any]:
    """One key; the fields of a deleted one are always empty, since none is kept."""
    return {**target, "deleted": False, "updated_at": None, "deleted_at": None}


@compute.route(
    "DELETE /os-keypairs/{keypair_name}",
    KeyPair,
    "delete",
    rule="os_compute_api:os-keypairs:delete",
    of=one_key,
    code=codes(202, v2_2=204),
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: KeyPair) -> None:
    """Forget a key; servers that have it keep it."""
    tx.remove(keypairs, target)
