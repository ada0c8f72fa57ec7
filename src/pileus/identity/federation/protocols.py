"""Protocols: the ways in which people come from an identity provider, each with the mapping that receives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Column, ForeignKey, Table, bindparam, select

from pileus.identity.api import address, identity, no_such
from pileus.identity.federation.mappings import mappings
from pileus.identity.federation.providers import checked_id, existing_provider, one_provider
from pileus.identity.listing import Listed, given_of, listed
from pileus.identity.revision import changed
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Id, Page, Row, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

MappingId = Annotated[str, Meta(min_length=1, max_length=64)]
AttributeName = Annotated[str, Meta(max_length=64)]


class Protocol(Listed, one="protocol", many="protocols"):
    """A way in, such as `openid`."""

    id: str = shown()
    mapping_id: MappingId = given("create update") | shown()
    remote_id_attribute: AttributeName | None = given("create", default=None) | given("update", default=UNSET) | shown()
    links: dict[str, str] = shown()


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

protocols = Table(
    "identity_protocols",
    metadata,
    Column("provider_id", Id, ForeignKey("identity_providers.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("mapping_id", Id, nullable=False),
    Column("remote_id_attribute", Id),
    info={"kind": "protocol"},
)
"""`remote_id_attribute`: the attribute that must hold one of the provider's remote ids; null asks nothing."""

_NAMED = select(protocols).where(protocols.c.id == bindparam("id")).order_by(protocols.c.provider_id)


def protocol_of(tx: Tx, provider_id: str, protocol_id: str) -> Row | None:
    """A provider's protocol."""
    return tx.find(protocols, {"provider_id": provider_id, "id": protocol_id})


def protocols_named(tx: Tx, protocol_id: str) -> list[Row]:
    """The protocols of that name, of all providers."""
    return tx.all(_NAMED, id=protocol_id)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_protocol(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The protocol a path names."""
    existing_provider(tx, path["idp_id"])
    found = protocol_of(tx, path["idp_id"], path["protocol_id"])
    if found is None:
        raise no_such("Federated Protocol for Identity Provider", f"{path['protocol_id']}, {path['idp_id']}")
    return found


def _new_protocol(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    existing_provider(tx, path["idp_id"])
    return path


def _told(tx: Tx, row: Row) -> dict[str, Any]:
    provider = address(tx, "OS-FEDERATION", "identity_providers", row["provider_id"])
    return {**row, "links": {"self": f"{provider}/protocols/{row['id']}", "identity_provider": provider}}


def _check_mapping(tx: Tx, mapping_id: str) -> None:
    if tx.find(mappings, mapping_id) is None:
        raise Invalid(f"Invalid mapping id: {mapping_id}")


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_ALL = "/OS-FEDERATION/identity_providers/{idp_id}/protocols"
_ONE = f"{_ALL}/{{protocol_id}}"


@identity.route(f"GET {_ALL}", Protocol, "list", rule="identity:list_protocols", of=one_provider)
def list_protocols(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Protocol) -> Page:
    """A provider's protocols."""
    found = listed(tx, protocols, asked, protocols.c.provider_id == target["id"])
    return found._replace(rows=[_told(tx, row) for row in found.rows])


@identity.route(f"PUT {_ONE}", Protocol, "create", rule="identity:create_protocol", of=_new_protocol, code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Protocol) -> Row:
    """A way in under the name in the path."""
    key = {"provider_id": target["idp_id"], "id": checked_id(target["protocol_id"])}
    if tx.find(protocols, key) is not None:
        raise Conflict(f"Conflict occurred attempting to store federation_protocol - Duplicate entry: {key['id']}.")
    _check_mapping(tx, asked.mapping_id)
    row = tx.insert(protocols, **key, mapping_id=asked.mapping_id, remote_id_attribute=asked.remote_id_attribute)
    return _told(tx, row)


@identity.route(f"GET {_ONE}", Protocol, "show", rule="identity:get_protocol", of=one_protocol)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Protocol) -> Row:
    """One protocol."""
    return _told(tx, target)


@identity.route(f"PATCH {_ONE}", Protocol, "update", rule="identity:update_protocol", of=one_protocol)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Protocol) -> Row:
    """Receive by another mapping."""
    _check_mapping(tx, asked.mapping_id)
    return _told(tx, tx.change(protocols, target, **given_of(asked, "mapping_id remote_id_attribute")))


@identity.route(f"DELETE {_ONE}", rule="identity:delete_protocol", of=one_protocol, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Close a way in; tokens of who came by it end."""
    tx.remove(protocols, target)
    changed(tx)
