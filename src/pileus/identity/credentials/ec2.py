"""EC2 credentials: pairs of an access key and a secret key that sign requests; kept among a user's credentials."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from pileus.identity.api import about, address, identity, no_such
from pileus.identity.application_credentials.rules import refuse_restricted
from pileus.identity.credentials.credentials import blob_of, bounds_of, credentials, id_of_access, make_credential
from pileus.identity.projects.table import projects
from pileus.identity.users.rules import one_user
from pileus.kernel.caller import Caller
from pileus.kernel.resource import Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Page, Row, Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class KeyPair(Resource, one="credential", many="credentials"):
    """What signs a user's requests for one project."""

    access: str = shown()
    secret: str = shown()
    user_id: str = shown()
    tenant_id: str = shown()
    trust_id: str | None = shown()
    links: dict[str, str] = shown()


class NewKeyPair(Resource, extras=object):
    """The project a key pair shall be for."""

    tenant_id: str = given("create")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_OF_USER = (
    select(credentials)
    .where(credentials.c.user_id == bindparam("user_id"), credentials.c.type == "ec2")
    .order_by(credentials.c.created_at, credentials.c.id)
)


def _owner(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    found = one_user(tx, who, path, asked)
    return {**found, **about(user=found["user"], credential={"user_id": path["user_id"]})}


def _one_pair(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The pair a path names; whose it is is told by itself, whatever user stands before it."""
    row = tx.find(credentials, id_of_access(path["access"]))
    if row is None:
        raise no_such("credential", path["access"])
    return about(credential=row)


def _told(tx: Tx, row: Row) -> dict[str, Any]:
    blob = msgspec.json.decode(blob_of(tx, row))
    here = address(tx, "users", row["user_id"], "credentials", "OS-EC2", blob["access"])
    return {
        "access": blob["access"],
        "secret": blob.get("secret"),
        "user_id": row["user_id"],
        "tenant_id": row["project_id"],
        "trust_id": blob.get("trust_id"),
        "links": {"self": here},
    }


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route(
    "GET /users/{user_id}/credentials/OS-EC2", KeyPair, "list", rule="identity:ec2_list_credentials", of=_owner
)
def list_pairs(tx: Tx, who: Caller, target: Mapping[str, Any], asked: KeyPair) -> Page:
    """A user's key pairs."""
    return Page([_told(tx, row) for row in tx.all(_OF_USER, user_id=target["user_id"])], False)


@identity.route(
    "POST /users/{user_id}/credentials/OS-EC2",
    NewKeyPair,
    "create",
    rule="identity:ec2_create_credential",
    of=_owner,
    code=201,
)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: NewKeyPair) -> Answer:
    """A new key pair for a project."""
    refuse_restricted(who)
    if tx.find(projects, asked.tenant_id) is None:
        raise no_such("project", asked.tenant_id)
    blob = {"access": secrets.token_hex(16), "secret": secrets.token_hex(16), "trust_id": None} | bounds_of(who)
    row = make_credential(
        tx,
        blob=msgspec.json.encode(blob).decode(),
        type="ec2",
        user_id=target["user_id"],
        project_id=asked.tenant_id,
    )
    return Answer({"credential": _told(tx, row)}, raw=True)


@identity.route(
    "GET /users/{user_id}/credentials/OS-EC2/{access}",
    KeyPair,
    "show",
    rule="identity:ec2_get_credential",
    of=_one_pair,
    quiet=False,
)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: KeyPair) -> Row:
    """One key pair."""
    return _told(tx, target["credential"])


@identity.route(
    "DELETE /users/{user_id}/credentials/OS-EC2/{access}",
    rule="identity:ec2_delete_credential",
    of=_one_pair,
    quiet=False,
    code=204,
)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Forget a key pair; what it signs is refused from now on."""
    refuse_restricted(who)
    tx.remove(credentials, target["credential"])
