"""Domains: containers of projects, users and groups, administered by themselves; each is a project and its root."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import ColumnElement

from pileus.identity.api import IdText, ShortName, about, all_linked, identity, linked
from pileus.identity.listing import Listed, chosen, listed
from pileus.identity.options import Options, merged, refuse_immutable
from pileus.identity.projects.rules import change_project, remove_project, with_tags
from pileus.identity.projects.shape import Tags
from pileus.identity.projects.table import domain_of_id, make_project, projects, set_tags, tags_of
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict
from pileus.kernel.resource import UNSET, given, shown
from pileus.kernel.store import Page, Row, Tx
from pileus.kernel.values import Flag

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class Domain(Listed, one="domain", many="domains", extras=object):
    """A realm with users of its own."""

    id: str = shown()
    explicit_domain_id: IdText = given("create", default=UNSET)
    name: ShortName = given("create") | given("update", default=UNSET) | given("list", str, default=UNSET) | shown()
    description: Annotated[str, Meta(max_length=255)] | None = (
        given("create", default="") | given("update", default=UNSET) | shown()
    )
    enabled: Flag = given("create", default=True) | given("update list", default=UNSET) | shown()
    tags: Tags = given("create update", default=UNSET) | shown()
    options: Options = given("create update", default=UNSET) | shown()
    links: dict[str, str] = shown()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_domain(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The domain a path names."""
    return about(domain=domain_of_id(tx, path["domain_id"]))


def own_domain(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The domain of the caller's scope, which is what a domain's caller may list."""
    return about(domain={"id": who.domain_id})


def shown_domains(tx: Tx, asked: Domain, *conditions: ColumnElement[bool]) -> Page:
    """Those domains that meet the conditions and the query's filters."""
    filters = [projects.c.is_domain.is_(True), *chosen(projects, asked, "name", "enabled")]
    return all_linked(tx, "domains", with_tags(tx, listed(tx, projects, asked, *conditions, *filters)))


def _told(tx: Tx, row: Row) -> dict[str, Any]:
    return linked(tx, "domains", row, tags=tags_of(tx, [row["id"]])[row["id"]])


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /domains", Domain, "list", rule="identity:list_domains", of=own_domain)
def list_domains(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Domain) -> Page:
    """Domains; a domain's caller sees its own only."""
    own = [projects.c.id == who.domain_id] if who.domain_id is not None else []
    return shown_domains(tx, asked, *own)


@identity.route("POST /domains", Domain, "create", rule="identity:create_domain", code=201)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Domain) -> Row:
    """A new domain, if so wished with an id chosen by the caller."""
    chosen_id = {} if asked.explicit_domain_id is UNSET else {"id": asked.explicit_domain_id}
    if chosen_id and tx.find(projects, asked.explicit_domain_id) is not None:
        raise Conflict(f"Conflict occurred attempting to store domain - Duplicate ID, {asked.explicit_domain_id}.")
    row = make_project(
        tx,
        **chosen_id,
        name=asked.name,
        description=asked.description,
        enabled=asked.enabled,
        is_domain=True,
        options=merged({}, asked.options) if asked.options is not UNSET else {},
        extras=asked.extras,
    )
    set_tags(tx, row["id"], [] if asked.tags is UNSET else asked.tags)
    return _told(tx, row)


@identity.route("GET /domains/{domain_id}", Domain, "show", rule="identity:get_domain", of=one_domain)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Domain) -> Row:
    """One domain."""
    return _told(tx, target["domain"])


@identity.route(
    "PATCH /domains/{domain_id}", Domain, "update", rule="identity:update_domain", of=one_domain, quiet=False
)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Domain) -> Row:
    """Rename, describe, enable or disable; nobody of a disabled domain gets in."""
    domain = target["domain"]
    refuse_immutable("domain", domain, asked.options)
    if asked.tags is not UNSET:
        set_tags(tx, domain["id"], asked.tags)
    return _told(tx, change_project(tx, domain, asked))


@identity.route("DELETE /domains/{domain_id}", Domain, "delete", rule="identity:delete_domain", of=one_domain, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Domain) -> None:
    """Remove a disabled domain with its projects, users, groups and roles."""
    remove_project(tx, target["domain"])
