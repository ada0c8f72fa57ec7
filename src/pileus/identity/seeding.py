"""What every cloud begins with: a domain, the roles and what they imply, the first users, the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pileus.identity.api import DEFAULT_DOMAIN
from pileus.identity.assignments.table import Grant, grant
from pileus.identity.auth.passwords import Passwords
from pileus.identity.catalog.endpoints import endpoints, endpoints_of, make_endpoint
from pileus.identity.catalog.regions import make_region, regions
from pileus.identity.catalog.services import make_service, service_of_type
from pileus.identity.limits.model import UNLIMITED
from pileus.identity.limits.registered import register
from pileus.identity.projects.table import make_project, project_of_name, projects
from pileus.identity.revision import changed
from pileus.identity.roles.implied import imply
from pileus.identity.roles.roles import make_role, role_of_name
from pileus.identity.users.table import make_user, user_of_name
from pileus.kernel.routes import PublicUrl
from pileus.kernel.store import Tx

IMPLIED = (("admin", "manager"), ("manager", "member"), ("member", "reader"))
ROLES = ("admin", "manager", "member", "reader", "service")
INTERFACES = ("public", "internal", "admin")


@dataclass(frozen=True)
class Person:
    """A user, its project, and the roles it has there; `system` are those it has in the whole system."""

    name: str
    password: str = field(repr=False)
    project: str
    roles: Sequence[str]
    system: Sequence[str] = ()


@dataclass(frozen=True)
class Offer:
    """A service in the catalogue: `Offer("compute", "nova", "/compute/v2.1")`."""

    type: str
    name: str
    path: str
    """Under the cloud's public address."""
    limits: Sequence[str] = ()
    """What of it may be limited; at first every project may have any amount."""


@dataclass(frozen=True)
class Seed:
    """The whole beginning."""

    people: Sequence[Person]
    offers: Sequence[Offer]
    region: str = "RegionOne"


def seed(tx: Tx, wanted: Seed) -> None:
    """Make what is not there yet; passwords and roles that are there stay as they are, addresses are set anew."""
    if tx.find(projects, DEFAULT_DOMAIN) is None:
        make_project(tx, id=DEFAULT_DOMAIN, name="Default", description="The default domain", is_domain=True)
    for name in ROLES:
        if role_of_name(tx, name) is None:
            make_role(tx, name=name, options={"immutable": True})
    for prior, implied in IMPLIED:
        imply(tx, _role(tx, prior), _role(tx, implied))
    for person in wanted.people:
        settle(tx, person)
    if tx.find(regions, wanted.region) is None:
        make_region(tx, wanted.region)
    for offer in wanted.offers:
        _offer(tx, offer, wanted.region)
    changed(tx)


def settle(tx: Tx, person: Person) -> tuple[str, str]:
    """Make a user, its project and its roles in the default domain where they are missing; their ids."""
    user = user_of_name(tx, person.name, domain_id=DEFAULT_DOMAIN) or make_user(
        tx, name=person.name, domain_id=DEFAULT_DOMAIN, password_hash=tx.part(Passwords).hashed(person.password)
    )
    project = project_of_name(tx, DEFAULT_DOMAIN, person.project) or make_project(
        tx, name=person.project, domain_id=DEFAULT_DOMAIN, parent_id=DEFAULT_DOMAIN, description=""
    )
    for role in person.roles:
        grant(tx, Grant("user", user["id"], "project", project["id"], _role(tx, role)))
    for role in person.system:
        grant(tx, Grant("user", user["id"], "system", None, _role(tx, role)))
    return user["id"], project["id"]


def _role(tx: Tx, name: str) -> str:
    found = role_of_name(tx, name)
    if found is None:
        raise LookupError(f"there is no role {name}")
    return str(found["id"])


def _offer(tx: Tx, offer: Offer, region: str) -> None:
    service = service_of_type(tx, offer.type, offer.name)
    if service is None:
        service = make_service(tx, type=offer.type, name=offer.name)
        for name in offer.limits:
            register(tx, service_id=service["id"], region_id=region, resource_name=name, default_limit=UNLIMITED)
    url = tx.part(PublicUrl).value + offer.path
    present = {row["interface"]: row for row in endpoints_of(tx, service["id"]) if row["region_id"] == region}
    for interface in INTERFACES:
        if interface in present:
            tx.change(endpoints, present[interface], url=url)
        else:
            make_endpoint(tx, service_id=service["id"], interface=interface, region_id=region, url=url)
