"""A token as callers see it."""

from __future__ import annotations

from typing import Any

from pileus.identity.api import MOMENT
from pileus.identity.auth.sessions import Session
from pileus.identity.catalog.catalogue import catalogue
from pileus.identity.federation.memberships import lent_to
from pileus.identity.federation.service_providers import enabled_service_providers
from pileus.kernel.store import Row, Tx


def document(tx: Tx, found: Session, *, with_catalogue: bool = True) -> dict[str, Any]:
    """The whole of it, with the catalogue for its scope unless that is not wanted."""
    token = found.token
    body: dict[str, Any] = {
        "methods": list(token.methods),
        "user": {
            "domain": {"id": found.user["domain_id"], "name": found.user["domain_name"]},
            "id": found.user["id"],
            "name": found.user["name"],
            "password_expires_at": _moment(found.user["password_expires_at"]),
            **_federation(tx, found),
        },
        "audit_ids": list(token.audit_ids),
        "expires_at": token.expires_at.strftime(MOMENT),
        "issued_at": token.issued_at.strftime(MOMENT),
        **_scope(found),
        **_bounds(found),
    }
    if token.scope:
        body["roles"] = [{"id": role["id"], "name": role["name"]} for role in found.roles]
        if with_catalogue:
            project_id = token.scope_id if token.scope == "project" else None
            body["catalog"] = catalogue(tx, user_id=token.user_id, project_id=project_id)
        if elsewhere := enabled_service_providers(tx):
            body["service_providers"] = elsewhere
    return {"token": body}


def _moment(at: Any) -> str | None:
    return None if at is None else str(at.strftime(MOMENT))


def _federation(tx: Tx, found: Session) -> dict[str, Any]:
    """The provider that vouches for the user, and the groups it is in by that."""
    if found.token.federation is None:
        return {}
    provider_id, protocol_id = found.token.federation
    groups = [{"id": row["group_id"]} for row in lent_to(tx, found.user["id"]) if row["provider_id"] == provider_id]
    told = {"identity_provider": {"id": provider_id}, "protocol": {"id": protocol_id}, "groups": groups}
    return {"OS-FEDERATION": told}


def _scope(found: Session) -> dict[str, Any]:
    place, domain = found.place, found.domain
    if place is not None and domain is not None:
        of = {"id": domain["id"], "name": domain["name"]}
        return {"project": {"domain": of, "id": place["id"], "name": place["name"]}, "is_domain": place["is_domain"]}
    if place is not None:
        return {"domain": {"id": place["id"], "name": place["name"]}}
    return {"system": {"all": True}} if found.token.scope == "system" else {}


def _bounds(found: Session) -> dict[str, Any]:
    """The credential or trust that the token was made with."""
    bounds: dict[str, Any] = {}
    if found.credential is not None:
        bounds["application_credential"] = {
            "id": found.credential["id"],
            "name": found.credential["name"],
            "restricted": not found.credential["unrestricted"],
            **({"access_rules": [_rule(row) for row in found.access_rules]} if found.access_rules else {}),
        }
    if found.access_token is not None:
        told = {"access_token_id": found.access_token["id"], "consumer_id": found.access_token["consumer_id"]}
        bounds["OS-OAUTH1"] = told
    if found.trust is not None:
        bounds["OS-TRUST:trust"] = {
            "id": found.trust["id"],
            "impersonation": found.trust["impersonation"],
            "trustee_user": {"id": found.trust["trustee_user_id"]},
            "trustor_user": {"id": found.trust["trustor_user_id"]},
            "redelegated_trust_id": found.trust["redelegated_trust_id"],
            "redelegation_count": found.trust["redelegation_count"],
        }
    return bounds


def _rule(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "service", "method", "path")}
