"""Limits: what one project or domain may have of a service's resource, instead of what all may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import ColumnElement, false, or_

from pileus.identity.api import IdText, NameText, about, fresh_id, identity, linked, no_such
from pileus.identity.catalog.regions import RegionId
from pileus.identity.limits.model import check_tree
from pileus.identity.limits.registered import PLACE, Amount, Described, check_place, registered_for, registered_limits
from pileus.identity.limits.table import WHOLE, limit_of_id, limits
from pileus.identity.listing import Listed, chosen, given_of, listed
from pileus.identity.projects.table import projects
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Forbidden, Invalid
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Page, Row, Tx
from pileus.kernel.values import Uuid

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class NewLimit(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One of those that are made together: for a project or for a domain."""

    service_id: Uuid
    region_id: RegionId | None = None
    resource_name: NameText
    resource_limit: Amount
    description: Described = None
    project_id: IdText | msgspec.UnsetType | None = UNSET
    domain_id: IdText | msgspec.UnsetType | None = UNSET


class NewLimits(Resource):
    """Limits to be made, all or none."""

    limits: Annotated[list[NewLimit], Meta(min_length=1)] = given("create")


class Limit(Listed, one="limit", many="limits"):
    """What one project or domain may have, in one region or in all."""

    id: str = shown()
    project_id: IdText | None = given("list", default=UNSET) | shown()
    domain_id: IdText | None = given("list", default=UNSET) | shown()
    service_id: str = given("list", default=UNSET) | shown()
    region_id: RegionId | None = given("list", default=UNSET) | shown()
    resource_name: str = given("list", default=UNSET) | shown()
    resource_limit: Amount = given("update", default=UNSET) | shown()
    description: Described = given("update", default=UNSET) | shown()
    links: dict[str, str] = shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_limit(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The limit a path names, with the project or domain that it is for."""
    row = limit_of_id(tx, path["limit_id"])
    if row is None:
        raise no_such("limit", path["limit_id"])
    if row["is_domain"]:
        return about(limit={**row, "project_id": None, "domain": {"id": row["project_id"]}}) | {"row": row}
    return about(limit={**row, "project": {"id": row["project_id"], "domain_id": row["of_domain"]}}) | {"row": row}


def _told(tx: Tx, row: Row) -> dict[str, Any]:
    whose = row["project_id"]
    return linked(tx, "limits", row) | {
        "project_id": None if row["is_domain"] else whose,
        "domain_id": whose if row["is_domain"] else None,
    }


def _seen_by(who: Caller) -> list[ColumnElement[bool]]:
    """All limits, or those of the caller's domain or project."""
    if who.may("identity:get_limit", {}):
        return []
    if who.domain_id is not None:
        return [or_(projects.c.id == who.domain_id, projects.c.domain_id == who.domain_id)]
    return [limits.c.project_id == who.project_id if who.project_id else false()]


def _wanted(asked: Limit) -> list[ColumnElement[bool]]:
    found = chosen(registered_limits, asked, *PLACE)
    for whose, is_domain in ((asked.project_id, False), (asked.domain_id, True)):
        if whose is not UNSET:
            found += [limits.c.project_id == whose, projects.c.is_domain.is_(is_domain)]
    return found


def _new_row(tx: Tx, one: NewLimit) -> dict[str, Any]:
    """A limit that may be made; raises Invalid, Forbidden, Conflict."""
    if (one.project_id is UNSET) == (one.domain_id is UNSET):
        raise Invalid("A limit is for a project or for a domain, and not for both.")
    whose = one.domain_id if one.project_id is UNSET else one.project_id
    place = tx.find(projects, whose) if isinstance(whose, str) else None
    if place is None or (one.project_id is UNSET and not place["is_domain"]):
        raise Invalid("A limit is for a project or domain that exists.")
    check_place(tx, one.service_id, one.region_id)
    about_what = {name: getattr(one, name) for name in PLACE}
    registered = registered_for(tx, **about_what)
    if registered is None:
        raise Forbidden("Unable to create a limit that has no corresponding registered limit.")
    key = {"registered_id": registered["id"], "project_id": place["id"]}
    if tx.one(WHOLE.where(*(limits.c[name] == value for name, value in key.items()))) is not None:
        raise Conflict("Conflict occurred attempting to store limit - there is one for this resource.")
    return {**key, "resource_limit": one.resource_limit, "description": one.description}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /limits", Limit, "list", rule="identity:list_limits")
def list_limits(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Limit) -> Page:
    """Limits; who may not see all sees those of its own project or domain."""
    found = listed(tx, limits, asked, *_seen_by(who), *_wanted(asked), rows=WHOLE)
    return found._replace(rows=[_told(tx, row) for row in found.rows])


@identity.route("POST /limits", NewLimits, "create", rule="identity:create_limits", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: NewLimits) -> Answer:
    """Several at once, which must fit each other and those that are there: all of them, or none."""
    made = [tx.insert(limits, id=fresh_id(tx), **_new_row(tx, one)) for one in asked.limits]
    for row in made:
        check_tree(tx, row)
    return Answer([_told(tx, limit_of_id(tx, row["id"]) or row) for row in made], kind=Limit)


@identity.route("GET /limits/{limit_id}", Limit, "show", rule="identity:get_limit", of=one_limit)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Limit) -> Row:
    """One limit."""
    return _told(tx, target["row"])


@identity.route("PATCH /limits/{limit_id}", Limit, "update", rule="identity:update_limit", of=one_limit)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Limit) -> Row:
    """Another amount, or another description; what it is about stays."""
    row = target["row"]
    new = given_of(asked, "resource_limit description")
    tx.change(limits, row["id"], **new)
    check_tree(tx, {**row, **new})
    return _told(tx, {**row, **new})


@identity.route("DELETE /limits/{limit_id}", rule="identity:delete_limit", of=one_limit, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """Let the registered limit hold again."""
    tx.remove(limits, target["row"]["id"])
