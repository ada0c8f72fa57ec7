"""Which policy an endpoint goes by: its own, its service's in its region (or one above), or its service's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ForeignKey, Table, bindparam, select

from pileus.identity.api import fresh_id, identity, linked
from pileus.identity.catalog.endpoints import Endpoint, endpoints, one_endpoint, shown_endpoint
from pileus.identity.catalog.policies import PolicyBlob, one_policy, policies
from pileus.identity.catalog.regions import below, one_region, regions
from pileus.identity.catalog.services import one_service
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.store import Id, Name, Page, Row, Tx, metadata

# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

associations = Table(
    "identity_policy_associations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("policy_id", Id, ForeignKey("identity_policies.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("endpoint_id", Id, ForeignKey("identity_endpoints.id", ondelete="CASCADE"), index=True),
    Column("service_id", Id, ForeignKey("identity_services.id", ondelete="CASCADE"), index=True),
    Column("region_id", Name, ForeignKey("identity_regions.id", ondelete="CASCADE"), index=True),
    info={"kind": "policy_association"},
)
"""Of an endpoint, of a service, or of a service in a region."""

PLACE = ("endpoint_id", "service_id", "region_id")
_AT = select(associations).where(
    *(associations.c[name].is_not_distinct_from(bindparam(name)) for name in PLACE),
)
_OF_POLICY = select(associations).where(associations.c.policy_id == bindparam("policy_id"))
_ENDPOINTS = select(endpoints).order_by(endpoints.c.id)


def _association(tx: Tx, **place: str | None) -> Row | None:
    return tx.one(_AT, **dict.fromkeys(PLACE) | place)


def policy_of(tx: Tx, endpoint: Row) -> Row | None:
    """The policy an endpoint goes by: the nearest that is told."""
    found = _association(tx, endpoint_id=endpoint["id"])
    region_id = endpoint["region_id"]
    while found is None and region_id is not None:
        found = _association(tx, service_id=endpoint["service_id"], region_id=region_id)
        region = tx.find(regions, region_id)
        region_id = region["parent_region_id"] if region else None
    found = found or _association(tx, service_id=endpoint["service_id"])
    return tx.find(policies, found["policy_id"]) if found else None


def _is_in(tx: Tx, endpoint: Row, association: Row) -> bool:
    """Whether an association speaks of an endpoint."""
    if association["endpoint_id"] is not None:
        return bool(association["endpoint_id"] == endpoint["id"])
    here = association["region_id"] is None or endpoint["region_id"] in below(tx, association["region_id"])
    return bool(association["service_id"] == endpoint["service_id"]) and here


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

_FINDERS = {"endpoint_id": one_endpoint, "service_id": one_service, "region_id": one_region}


def _joined(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The policy that a path names, and the endpoint, service and region."""
    one_policy(tx, who, path, asked)
    for name in PLACE:
        if name in path:
            _FINDERS[name](tx, who, path, asked)
    return {"policy_id": path["policy_id"], "place": {name: path[name] for name in PLACE if name in path}}


def associate(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Let an endpoint or service go by a policy, instead of by another."""
    found = _association(tx, **target["place"])
    if found is None:
        tx.insert(
            associations, id=fresh_id(tx), policy_id=target["policy_id"], **dict.fromkeys(PLACE) | target["place"]
        )
    else:
        tx.change(associations, found, policy_id=target["policy_id"])


def check(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Whether just this was told of the policy; raises Missing."""
    found = _association(tx, **target["place"])
    if found is None or found["policy_id"] != target["policy_id"]:
        raise Missing("Could not find policy association.")


def separate(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Take it back; again is no mistake."""
    found = _association(tx, **target["place"])
    if found is not None and found["policy_id"] == target["policy_id"]:
        tx.remove(associations, found)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_OF = "/policies/{policy_id}/OS-ENDPOINT-POLICY"

for _end, _what in (
    ("endpoints/{endpoint_id}", "endpoint"),
    ("services/{service_id}", "service"),
    ("services/{service_id}/regions/{region_id}", "region_and_service"),
):
    for _method, _verb, _rule in (
        ("PUT", "create", associate),
        ("GET", "check", check),
        ("DELETE", "delete", separate),
    ):
        _name = f"identity:{_verb}_policy_association_for_{_what}"
        identity.route(f"{_method} {_OF}/{_end}", rule=_name, of=_joined, code=204)(_rule)


@identity.route(f"GET {_OF}/endpoints", Endpoint, "list", rule="identity:list_endpoints_for_policy", of=one_policy)
def list_endpoints(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Endpoint) -> Page:
    """The endpoints that were told to go by a policy, one by one or with their service."""
    told = tx.all(_OF_POLICY, policy_id=target["id"])
    found = [row for row in tx.all(_ENDPOINTS) if any(_is_in(tx, row, one) for one in told)]
    return Page([shown_endpoint(tx, row) for row in found], False)


@identity.route(
    "GET /endpoints/{endpoint_id}/OS-ENDPOINT-POLICY/policy",
    PolicyBlob,
    "show",
    rule="identity:get_policy_for_endpoint",
    of=one_endpoint,
)
def show_policy(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Row:
    """The policy an endpoint goes by; raises Missing where there is none."""
    found = policy_of(tx, target["endpoint"])
    if found is None:
        raise Missing("Could not find policy association.")
    return linked(tx, "policies", found)
