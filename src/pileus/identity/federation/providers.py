"""Identity providers: who else may say who somebody is, and the domain its people belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text, bindparam, select

from pileus.identity.api import IdText, address, fresh_id, identity, no_such
from pileus.identity.federation.shadows import remove_shadows
from pileus.identity.listing import Listed, chosen, given_of, listed
from pileus.identity.projects.table import domain_of_id, make_project
from pileus.identity.revision import changed
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Id, Moment, Name, Page, Row, Tx, metadata
from pileus.kernel.values import Flag

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

LONGEST_ID = 64
RemoteId = Annotated[str, Meta(max_length=255)]
Minutes = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class IdentityProvider(Listed, one="identity_provider", many="identity_providers"):
    """Somebody else who authenticates people; a domain belongs to one of them at most."""

    id: str = given("list", default=UNSET) | shown()
    domain_id: IdText | None = given("create", default=None) | shown()
    description: str | None = given("create", default=None) | given("update", default=UNSET) | shown()
    enabled: Flag = given("create", default=False) | given("update list", default=UNSET) | shown()
    remote_ids: list[RemoteId] | None = given("create", default=None) | given("update", default=UNSET) | shown()
    authorization_ttl: Minutes | None = given("create", default=None) | given("update", default=UNSET) | shown()
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

providers = Table(
    "identity_providers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("domain_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("description", Text),
    Column("enabled", Boolean, nullable=False),
    Column("authorization_ttl", Integer),
    Column("created_at", Moment, nullable=False),
    info={"kind": "identity_provider"},
)
"""`authorization_ttl`: minutes that memberships of groups are lent for; null is as long as a token."""

remote_ids = Table(
    "identity_provider_remote_ids",
    metadata,
    Column("remote_id", Name, primary_key=True),
    Column("provider_id", Id, ForeignKey("identity_providers.id", ondelete="CASCADE"), nullable=False, index=True),
    info={"kind": "remote_id"},
)

_OF_DOMAIN = select(providers).where(providers.c.domain_id == bindparam("domain_id"))
_NAMES = select(remote_ids).where(remote_ids.c.provider_id == bindparam("id")).order_by(remote_ids.c.remote_id)


def existing_provider(tx: Tx, provider_id: str) -> Row:
    """An identity provider; raises Missing."""
    found = tx.find(providers, provider_id)
    if found is None:
        raise no_such("Identity Provider", provider_id)
    return found


def remote_ids_of(tx: Tx, provider_id: str) -> list[str]:
    """The names a provider has for itself."""
    return [row["remote_id"] for row in tx.all(_NAMES, id=provider_id)]


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_provider(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The provider a path names."""
    return existing_provider(tx, path["idp_id"])


def checked_id(name: str) -> str:
    """An id that a caller chose in a path; raises Invalid where it is too long."""
    if len(name) > LONGEST_ID:
        raise Invalid(f"Invalid input for field/attribute id. An id has {LONGEST_ID} characters at most.")
    return name


def _told(tx: Tx, row: Row) -> dict[str, Any]:
    here = address(tx, "OS-FEDERATION", "identity_providers", row["id"])
    links = {"self": here, "protocols": f"{here}/protocols"}
    return {**row, "remote_ids": remote_ids_of(tx, row["id"]), "links": links}


def _set_remote_ids(tx: Tx, provider_id: str, wanted: list[str] | None) -> None:
    """Let a provider be known by just these names; raises Conflict for one that another has, Invalid for one twice."""
    wanted = wanted or []
    if len(set(wanted)) < len(wanted):
        raise Invalid("Invalid input for field/attribute remote_ids. The list has non-unique elements.")
    present = set(remote_ids_of(tx, provider_id))
    for name in present - set(wanted):
        tx.remove(remote_ids, name)
    for name in sorted(set(wanted) - present):
        if tx.find(remote_ids, name) is not None:
            raise Conflict(f"Conflict occurred attempting to store identity_provider - Duplicate remote ID: {name}.")
        tx.insert(remote_ids, remote_id=name, provider_id=provider_id)


def _own_domain(tx: Tx, provider_id: str, asked: IdentityProvider) -> str:
    """The domain that was asked for, or a new one; raises Conflict where it is another provider's already."""
    if asked.domain_id is None:
        domain_id = fresh_id(tx)
        told = f"Auto generated federated domain for Identity Provider: {provider_id}"
        make_project(tx, id=domain_id, name=domain_id, description=told, is_domain=True)
        return domain_id
    domain_of_id(tx, asked.domain_id)
    if tx.one(_OF_DOMAIN, domain_id=asked.domain_id) is not None:
        raise Conflict(
            "Conflict occurred attempting to store identity_provider - Duplicate entry found with domain ID."
        )
    return asked.domain_id


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_ALL = "/OS-FEDERATION/identity_providers"
_ONE = f"{_ALL}/{{idp_id}}"


@identity.route(f"GET {_ALL}", IdentityProvider, "list", rule="identity:list_identity_providers")
def list_providers(tx: Tx, who: Caller, target: Mapping[str, Any], asked: IdentityProvider) -> Page:
    """Identity providers."""
    found = listed(tx, providers, asked, *chosen(providers, asked, "id", "enabled"))
    return found._replace(rows=[_told(tx, row) for row in found.rows])


@identity.route(f"PUT {_ONE}", IdentityProvider, "create", rule="identity:create_identity_provider", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: IdentityProvider) -> Row:
    """A provider under the name in the path, with a domain of its own."""
    provider_id = checked_id(target["idp_id"])
    if tx.find(providers, provider_id) is not None:
        raise Conflict(f"Conflict occurred attempting to store identity_provider - Duplicate entry: {provider_id}.")
    row = tx.insert(
        providers,
        id=provider_id,
        domain_id=_own_domain(tx, provider_id, asked),
        description=asked.description,
        enabled=asked.enabled,
        authorization_ttl=asked.authorization_ttl,
    )
    _set_remote_ids(tx, provider_id, asked.remote_ids)
    return _told(tx, row)


@identity.route(f"GET {_ONE}", IdentityProvider, "show", rule="identity:get_identity_provider", of=one_provider)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: IdentityProvider) -> Row:
    """One provider."""
    return _told(tx, target)


@identity.route(f"PATCH {_ONE}", IdentityProvider, "update", rule="identity:update_identity_provider", of=one_provider)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: IdentityProvider) -> Row:
    """Describe, enable or disable; while it is disabled no token that stands on it is good."""
    new = given_of(asked, "description enabled authorization_ttl")
    if asked.remote_ids is not UNSET:
        _set_remote_ids(tx, target["id"], asked.remote_ids)
    changed(tx)
    return _told(tx, tx.change(providers, target, **new))


@identity.route(f"DELETE {_ONE}", rule="identity:delete_identity_provider", of=one_provider, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Remove a provider, and the people who are known by it only; their tokens end."""
    remove_shadows(tx, target["id"])
    tx.remove(providers, target)
    changed(tx)
