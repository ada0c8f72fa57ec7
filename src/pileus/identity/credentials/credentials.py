"""Credentials: secrets that users keep here for other ways of logging in; sealed in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, ForeignKey, Table, Text

from pileus.identity.api import about, fresh_id, identity, linked, no_such
from pileus.identity.application_credentials.rules import refuse_restricted
from pileus.identity.auth.keys import CredentialKeys
from pileus.identity.auth.sessions import Session
from pileus.identity.auth.tokens import seconds_of
from pileus.identity.listing import Listed, chosen, listed
from pileus.identity.users.table import existing_user
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Document, Id, Moment, Name, Page, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Credential(Listed, one="credential", many="credentials", extras=object):
    """A secret of some type; those of type ec2 have an access key and a secret key."""

    id: str = shown()
    user_id: str = given("create") | given("list", default=UNSET) | shown()
    type: str = given("create") | given("list", default=UNSET) | given("update", default=UNSET) | shown()
    blob: str = given("create") | given("update", default=UNSET) | shown()
    project_id: str | None = given("create", default=None) | shown()
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

credentials = Table(
    "identity_credentials",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("project_id", Id, index=True),
    Column("type", Name, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("extras", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    info={"kind": "credential", "secret": {"sealed"}, "sealed": "sealed"},
)


def id_of_access(access: str) -> str:
    """The id of the credential that has this access key."""
    return hashlib.sha256(access.encode()).hexdigest()


BOUNDS = ("trust_id", "app_cred_id", "access_token_id")
"""What an ec2 credential's blob says of what it was made with, which bounds the tokens it buys."""


def bounds_of(who: Caller) -> dict[str, str]:
    """What a caller's own token was made with, for the blob of an ec2 credential that it makes."""
    found = who.more if isinstance(who.more, Session) else None
    made_with = {"trust_id": found.trust, "app_cred_id": found.credential} if found else {}
    return {name: row["id"] for name, row in made_with.items() if row is not None}


def make_credential(tx: Tx, *, blob: str, type: str, **values: Any) -> Row:
    """Write a credential; an access key is somebody's only.  Raises Conflict, Invalid."""
    credential_id = id_of_access(access_of(blob)) if type == "ec2" else fresh_id(tx)
    if tx.find(credentials, credential_id) is not None:
        raise Conflict(f"Conflict occurred attempting to store credential - Duplicate ID, {credential_id}.")
    values = {"extras": {}, **values}
    return tx.insert(credentials, id=credential_id, type=type, sealed=_sealed(tx, blob), **values)


def access_of(blob: str) -> str:
    """The access key in the blob of an ec2 credential; raises Invalid."""
    found = read_blob(blob)
    if found.get("access") is None:
        raise Invalid("Invalid blob in credential: that of an ec2 credential has access.")
    return str(found["access"])


def read_blob(blob: str) -> dict[str, Any]:
    """The blob of an ec2 credential; raises Invalid."""
    try:
        return msgspec.json.decode(blob, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise Invalid("Invalid blob in credential: that of an ec2 credential is a JSON object.") from error


def _bounded(who: Caller, blob: str) -> str:
    """An ec2 credential's blob with what the caller's token was made with."""
    return msgspec.json.encode(read_blob(blob) | bounds_of(who)).decode() if bounds_of(who) else blob


def _check_blob(present: str, wanted: str) -> None:
    """Refuse to change what bounds an ec2 credential, or its access key; raises Invalid."""
    old, new = read_blob(present), read_blob(wanted)
    access_of(wanted)
    for name in BOUNDS:
        if old.get(name) != new.get(name):
            raise Invalid(f"{name} can not be updated for credential.")


def blob_of(tx: Tx, row: Row) -> str:
    """What was sealed."""
    found = tx.part(CredentialKeys).open(row["sealed"])
    if found is None:
        raise LookupError(f"no key opens credential {row['id']}")
    return found.decode()


def _sealed(tx: Tx, blob: str) -> str:
    return tx.part(CredentialKeys).seal(blob.encode(), seconds_of(tx.now))


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_credential(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The credential a path names."""
    row = tx.find(credentials, path["credential_id"])
    if row is None:
        raise no_such("credential", path["credential_id"])
    return about(credential=row)


def _new_credential(tx: Tx, who: Caller, path: Mapping[str, str], asked: Credential) -> Mapping[str, Any]:
    return about(credential={"user_id": asked.user_id})


def _own(tx: Tx, who: Caller, path: Mapping[str, str], asked: Credential) -> Mapping[str, Any]:
    return about(credential={"user_id": who.user_id if asked.user_id is UNSET else asked.user_id})


def _told(tx: Tx, row: Row) -> dict[str, Any]:
    return linked(tx, "credentials", row, blob=blob_of(tx, row))


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /credentials", Credential, "list", rule="identity:list_credentials", of=_own)
def list_credentials(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Credential) -> Page:
    """Credentials: a user's own, or for those who may see them everybody's."""
    conditions = chosen(credentials, asked, "user_id", "type")
    if not who.may("identity:get_credential", {}):
        conditions.append(credentials.c.user_id == who.user_id)
    found = listed(tx, credentials, asked, *conditions)
    return found._replace(rows=[_told(tx, row) for row in found.rows])


@identity.route(
    "POST /credentials", Credential, "create", rule="identity:create_credential", of=_new_credential, code=201
)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Credential) -> Row:
    """Keep a secret; those of type ec2 are for one project."""
    refuse_restricted(who)
    existing_user(tx, asked.user_id)
    if asked.type == "ec2" and asked.project_id is None:
        raise Invalid("Invalid input for field/attribute project_id: an ec2 credential has one.")
    row = make_credential(
        tx,
        blob=_bounded(who, asked.blob) if asked.type == "ec2" else asked.blob,
        type=asked.type,
        user_id=asked.user_id,
        project_id=asked.project_id,
        extras=asked.extras,
    )
    return _told(tx, row)


@identity.route(
    "GET /credentials/{credential_id}",
    Credential,
    "show",
    rule="identity:get_credential",
    of=one_credential,
)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Credential) -> Row:
    """One credential with its secret."""
    return _told(tx, target["credential"])


@identity.route(
    "PATCH /credentials/{credential_id}",
    Credential,
    "update",
    rule="identity:update_credential",
    of=one_credential,
)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Credential) -> Row:
    """Keep another secret instead; whose it is and for what stays."""
    row = target["credential"]
    if asked.extras or asked.type not in (UNSET, row["type"]):
        raise Invalid("Only the blob of a credential can be changed.")
    if asked.blob is UNSET:
        return _told(tx, row)
    if row["type"] == "ec2":
        _check_blob(blob_of(tx, row), asked.blob)
    return _told(tx, tx.change(credentials, row, sealed=_sealed(tx, asked.blob)))


@identity.route("DELETE /credentials/{credential_id}", rule="identity:delete_credential", of=one_credential, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Forget a secret."""
    refuse_restricted(who)
    tx.remove(credentials, target["credential"])
