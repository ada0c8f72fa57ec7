"""Somebody arrives from an identity provider: by its attributes a user here, its groups, its projects, a token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from pileus.identity.api import identity
from pileus.identity.assignments.table import Grant, grant
from pileus.identity.auth.issue import issued
from pileus.identity.auth.methods import Proof
from pileus.identity.auth.proof import REFUSED
from pileus.identity.federation.engine import Attributes, BadMapping, Mapped, mapped
from pileus.identity.federation.language import DomainName, ProjectTold, UserTold, read_rules
from pileus.identity.federation.mappings import mappings
from pileus.identity.federation.memberships import lend
from pileus.identity.federation.openid import Claims, OpenIds
from pileus.identity.federation.protocols import protocol_of
from pileus.identity.federation.providers import providers, remote_ids_of
from pileus.identity.federation.shadows import cast_shadow
from pileus.identity.groups import group_of_name, groups
from pileus.identity.projects.table import make_project, project_of_name, projects
from pileus.identity.roles.roles import role_of_name
from pileus.identity.settings import IdentitySettings
from pileus.identity.users.table import user_of_id, user_of_name
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Unauthorized
from pileus.kernel.resource import Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Store, Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Arrival(Resource, loose=True):
    """Somebody with an access token of an identity provider."""

    idp_id: str = given("do", path=True)
    protocol_id: str = given("do", path=True)
    bearer: str = given("do", default="", header=True, wire="authorization")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def attributes_of(claims: Claims) -> Attributes:
    """Claims as mappings name them: `OIDC-email`, or in the manner of a web server `HTTP_OIDC_EMAIL`."""
    found: dict[str, list[str]] = {}
    for name, value in claims.items():
        values = [_written(one) for one in (value if isinstance(value, list) else [value]) if _is_plain(one)]
        if values:
            found[f"OIDC-{name}"] = found[f"HTTP_OIDC_{name.upper().replace('-', '_')}"] = values
    return {**found, "REMOTE_USER": found.get("OIDC-sub", [])}


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def received(tx: Tx, provider_id: str, protocol_id: str, attributes: Attributes) -> Proof:
    """Who somebody is here, with all that follows from it written down; raises Unauthorized, Conflict."""
    provider, protocol = tx.find(providers, provider_id), protocol_of(tx, provider_id, protocol_id)
    if provider is None or protocol is None or not provider["enabled"]:
        raise Unauthorized(REFUSED, f"identity provider {provider_id} is disabled, or has no protocol {protocol_id}")
    _check_remote_id(tx, protocol, attributes)
    found = _mapped(tx, protocol, attributes)
    user = found.user or UserTold(name=next(iter(attributes.get("REMOTE_USER", ())), None))
    if user.type == "local":
        row = _local_user(tx, user)
        return Proof(row["id"], row["generation"], ("mapped",))
    row = _shadow(tx, provider, protocol, user, found)
    _lend_groups(tx, provider, row, found)
    for project in found.projects:
        _provide(tx, row, project, _domain_id(tx, project.domain or found.domain, provider))
    return Proof(row["id"], row["generation"], ("mapped",), federation=(provider_id, protocol_id))


def _check_remote_id(tx: Tx, protocol: Row, attributes: Attributes) -> None:
    """Where the protocol names the attribute that tells the provider, it must tell this one."""
    name = protocol["remote_id_attribute"]
    if name and not set(attributes.get(name, ())) & set(remote_ids_of(tx, protocol["provider_id"])):
        raise Unauthorized(REFUSED, f"{name} is no remote id of {protocol['provider_id']}")


def _mapped(tx: Tx, protocol: Row, attributes: Attributes) -> Mapped:
    row = tx.find(mappings, protocol["mapping_id"])
    if row is None:
        raise Unauthorized(REFUSED, f"there is no mapping {protocol['mapping_id']}")
    try:
        found = mapped(read_rules(row["rules"], row["schema_version"]), attributes, row["schema_version"])
    except BadMapping as error:
        raise Unauthorized(REFUSED, f"mapping {row['id']}: {error}") from error
    if found is None:
        raise Unauthorized(REFUSED, f"no rule of mapping {row['id']} is about this person")
    return found


def _local_user(tx: Tx, told: UserTold) -> Row:
    domain = told.domain or DomainName()
    if told.id:
        found = user_of_id(tx, told.id)
    else:
        found = user_of_name(tx, told.name or "", domain_id=domain.id, domain=domain.name)
    if found is None:
        raise Unauthorized(REFUSED, f"the mapping names a user that is not here: {told.id or told.name}")
    return found


def _shadow(tx: Tx, provider: Row, protocol: Row, told: UserTold, found: Mapped) -> Row:
    unique_id, name = told.id or told.name, told.name or told.id
    if not unique_id or not name or len(name) > 255:
        raise Unauthorized(REFUSED, "the mapping tells no name and no id of the user that could be kept")
    domain_id = _domain_id(tx, told.domain or found.domain, provider)
    extras = {"email": told.email} if told.email else {}
    quoted = quote(unique_id)[:255]
    return cast_shadow(tx, provider["id"], protocol["id"], quoted, name=name, domain_id=domain_id, extras=extras)


def _lend_groups(tx: Tx, provider: Row, user: Row, found: Mapped) -> None:
    """Groups that are not there are passed over."""
    named = [group_of_name(tx, _domain_id(tx, group.domain, provider), group.name or "") for group in found.group_names]
    rows = [row for row in (*named, *(tx.find(groups, one) for one in found.group_ids)) if row is not None]
    seconds = tx.part(IdentitySettings).token_seconds
    lasts = timedelta(minutes=provider["authorization_ttl"]) if provider["authorization_ttl"] else None
    until = tx.now + (lasts or timedelta(seconds=seconds))
    lend(tx, user["id"], provider["id"], _ids(rows), until)


def _ids(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(row["id"] for row in rows))


def _provide(tx: Tx, user: Row, told: ProjectTold, domain_id: str) -> None:
    """A project, made where it is missing, and the user's roles in it, which stay."""
    project = project_of_name(tx, domain_id, told.name) or make_project(
        tx, name=told.name, domain_id=domain_id, parent_id=domain_id, description=""
    )
    for role in told.roles:
        row = role_of_name(tx, role.name)
        if row is None:
            raise Unauthorized(REFUSED, f"the mapping names a role that is not here: {role.name}")
        grant(tx, Grant("user", user["id"], "project", project["id"], row["id"]))


def _domain_id(tx: Tx, told: DomainName | None, provider: Row) -> str:
    """The domain that is told, or the provider's own; raises Unauthorized where there is none such."""
    if told is None or (told.id is None and told.name is None):
        return str(provider["domain_id"])
    found = tx.find(projects, told.id) if told.id else project_of_name(tx, None, told.name or "")
    if found is None or not found["is_domain"]:
        raise Unauthorized(REFUSED, f"the mapping names a domain that is not here: {told.id or told.name}")
    return str(found["id"])


def _claims(store: Store, who: Caller, asked: Arrival) -> Claims:
    """Ask the provider about the access token, before the transaction; raises Unauthorized, Missing, Unavailable."""
    scheme, _, token = asked.bearer.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized(REFUSED, "no bearer token")
    openids = store.part(OpenIds)
    client = openids.client_of(asked.idp_id, asked.protocol_id)
    return openids.of_access_token(client, token.strip(), store.clock.now())


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_HERE = "/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/auth"


@identity.route(f"GET {_HERE}", Arrival, public=True, pool="abroad", prepare=_claims, writes=True, code=201)
@identity.route(f"POST {_HERE}", Arrival, public=True, pool="abroad", prepare=_claims, code=201)
def arrive(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Arrival) -> Answer:
    """A token for nothing yet, for whom an access token of the provider speaks."""
    return issued(tx, received(tx, asked.idp_id, asked.protocol_id, attributes_of(asked.prepared)), "unscoped")
