"""Who may use a flavor that is not public."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta
from sqlalchemy import bindparam, select

from pileus import identity
from pileus.compute.api import compute
from pileus.compute.flavors.flavors import access, one_flavor
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.resource import Resource, given, shown
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

ProjectId = Annotated[str, Meta(min_length=1, max_length=255)]


class Access(Resource, many="flavor_access"):
    """A project that may use a flavor."""

    flavor_id: str = shown()
    project_id: str = shown(wire="tenant_id")


class Admitting(Resource, one="addTenantAccess"):
    """The project to admit."""

    tenant: ProjectId = given("do")


class Excluding(Resource, one="removeTenantAccess"):
    """The project to exclude."""

    tenant: ProjectId = given("do")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:os-flavor-access"
_OF_FLAVOR = select(access).where(access.c.flavor_id == bindparam("flavor_id")).order_by(access.c.project_id)
_ONE = _OF_FLAVOR.where(access.c.project_id == bindparam("project_id"))


def _check_project(tx: Tx, project_id: str) -> None:
    if identity.project(tx, project_id) is None:
        raise Invalid(f"Project ID {project_id} is not a valid project.")


def _answer(tx: Tx, flavor: Row) -> Answer:
    return Answer(tx.all(_OF_FLAVOR, flavor_id=flavor["id"]), kind=Access)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@compute.route("GET /flavors/{flavor_id}/os-flavor-access", Access, "list", rule=RULE, of=one_flavor)
def list_access(tx: Tx, who: Caller, target: Row, asked: Access) -> list[Row]:
    """Who may use a flavor; a public one is everybody's, and has no such list."""
    if target["is_public"]:
        raise Missing("Access list not available for public flavors.")
    return tx.all(_OF_FLAVOR, flavor_id=target["id"])


@compute.route(
    "POST /flavors/{flavor_id}/action addTenantAccess",
    Admitting,
    rule=RULE + ":add_tenant_access",
    of=one_flavor,
    view="list",
)
def admit(tx: Tx, who: Caller, target: Row, asked: Admitting) -> Answer:
    """Let a project use a flavor."""
    if target["is_public"]:
        raise Conflict("Can not add access to a public flavor.")
    _check_project(tx, asked.tenant)
    if tx.one(_ONE, flavor_id=target["id"], project_id=asked.tenant) is not None:
        raise Conflict(
            f"Flavor access already exists for flavor {target['id']} and project {asked.tenant} combination."
        )
    tx.insert(access, flavor_id=target["id"], project_id=asked.tenant)
    return _answer(tx, target)


@compute.route(
    "POST /flavors/{flavor_id}/action removeTenantAccess",
    Excluding,
    rule=RULE + ":remove_tenant_access",
    of=one_flavor,
    view="list",
)
def exclude(tx: Tx, who: Caller, target: Row, asked: Excluding) -> Answer:
    """Let a project use a flavor no more."""
    _check_project(tx, asked.tenant)
    row = tx.one(_ONE, flavor_id=target["id"], project_id=asked.tenant)
    if row is None:
        raise Missing(f"Flavor access not found for {target['id']} / {asked.tenant} combination.")
    tx.remove(access, row)
    return _answer(tx, target)
