"""Implied roles: whoever has the prior role has the implied one too, and what that implies in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Column, ForeignKey, Table, select

from pileus.identity.api import about, address, identity
from pileus.identity.revision import changed
from pileus.identity.roles.roles import existing_role, one_role, roles
from pileus.identity.settings import IdentitySettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Missing
from pileus.kernel.routes import Answer
from pileus.kernel.store import Id, Row, Tx, metadata

# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

implied_roles = Table(
    "identity_implied_roles",
    metadata,
    Column("prior_id", Id, ForeignKey("identity_roles.id", ondelete="CASCADE"), primary_key=True),
    Column("implied_id", Id, ForeignKey("identity_roles.id", ondelete="CASCADE"), primary_key=True, index=True),
    info={"kind": "implied_role"},
)

_ALL = select(implied_roles)
_ROLES = select(roles)


def implications(tx: Tx) -> dict[str, list[str]]:
    """What each role implies directly."""
    found: dict[str, list[str]] = {}
    for row in tx.all(_ALL):
        found.setdefault(row["prior_id"], []).append(row["implied_id"])
    return found


def implied_by(role_ids: Iterable[str], implies: Mapping[str, list[str]]) -> dict[str, str | None]:
    """The roles themselves and all they imply, each with the role it comes from (None for those given)."""
    found: dict[str, str | None] = dict.fromkeys(role_ids)
    waiting = list(found)
    while waiting:
        prior = waiting.pop()
        new = [one for one in implies.get(prior, ()) if one not in found]
        found.update(dict.fromkeys(new, prior))
        waiting += new
    return found


def imply(tx: Tx, prior_id: str, implied_id: str) -> None:
    """Let a role imply another; again is no mistake."""
    key = {"prior_id": prior_id, "implied_id": implied_id}
    if tx.find(implied_roles, key) is None:
        tx.insert(implied_roles, **key)
        changed(tx)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _pair(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    return about(role=existing_role(tx, path["role_id"]), implied=existing_role(tx, path["implied_id"]))


def _told(tx: Tx, role: Row) -> dict[str, Any]:
    return {"id": role["id"], "name": role["name"], "links": {"self": address(tx, "roles", role["id"])}}


def _inference(tx: Tx, prior: Row, implied: Row) -> dict[str, Any]:
    here = address(tx, "roles", prior["id"], "implies", implied["id"])
    return {
        "role_inference": {"prior_role": _told(tx, prior), "implies": _told(tx, implied)},
        "links": {"self": here},
    }


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /roles/{role_id}/implies", rule="identity:list_implied_roles", of=one_role)
def list_implied(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    """What a role implies directly."""
    prior = target["role"]
    found = [existing_role(tx, one) for one in implications(tx).get(prior["id"], ())]
    body = {"role_inference": {"prior_role": _told(tx, prior), "implies": [_told(tx, one) for one in found]}}
    return Answer(body | {"links": {"self": address(tx, "roles", prior["id"], "implies")}}, raw=True)


@identity.route("PUT /roles/{role_id}/implies/{implied_id}", rule="identity:create_implied_role", of=_pair, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    """Let a role imply another; raises Forbidden for one that none may imply, and for a circle."""
    prior, implied = target["role"], target["implied"]
    if implied["domain_id"] is None and implied["name"] in tx.part(IdentitySettings).never_implied:
        raise Forbidden(f"Invalid implied role: {implied['id']} cannot be implied by another role.")
    if prior["id"] in implied_by([implied["id"]], implications(tx)):
        raise Forbidden(f"Role {prior['id']} and role {implied['id']} would imply each other.")
    imply(tx, prior["id"], implied["id"])
    return Answer(_inference(tx, prior, implied), raw=True)


@identity.route("GET /roles/{role_id}/implies/{implied_id}", rule="identity:get_implied_role", of=_pair)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    """One implication; raises Missing."""
    prior, implied = target["role"], target["implied"]
    if tx.find(implied_roles, {"prior_id": prior["id"], "implied_id": implied["id"]}) is None:
        raise Missing(f"{prior['id']} does not imply {implied['id']}.")
    return Answer(_inference(tx, prior, implied), raw=True)


@identity.route("HEAD /roles/{role_id}/implies/{implied_id}", rule="identity:check_implied_role", of=_pair, code=204)
def check(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Whether a role implies another; raises Missing."""
    show(tx, who, target, asked)


@identity.route("DELETE /roles/{role_id}/implies/{implied_id}", rule="identity:delete_implied_role", of=_pair, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Let a role imply another no longer."""
    show(tx, who, target, asked)
    tx.remove(implied_roles, {"prior_id": target["role"]["id"], "implied_id": target["implied"]["id"]})
    changed(tx)


@identity.route("GET /role_inferences", rule="identity:list_role_inference_rules")
def list_inferences(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    """Every implication there is."""
    known = {row["id"]: _told(tx, row) for row in tx.all(_ROLES)}
    found = [
        {"prior_role": known[prior], "implies": [known[one] for one in implied]}
        for prior, implied in implications(tx).items()
    ]
    return Answer({"role_inferences": found}, raw=True)
