"""The Placement API alone, asked in this process by an administrator, a service and a member."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Unauthorized
from pileus.kernel.http import Front
from pileus.kernel.routes import PublicUrl
from pileus.kernel.store import Store
from pileus.placement import PlacementSettings, placement
from tests.asking import Asker

PEOPLE = {
    "admin": Caller(user_id="ada", project_id="ops", roles=frozenset({"admin", "reader"})),
    "service": Caller(user_id="nova", project_id="service", roles=frozenset({"service"})),
    "reader": Caller(user_id="rob", project_id="p1", roles=frozenset({"reader"})),
}


def known(store: Store, token: str, service_token: str | None) -> Caller:
    """Tokens are names here."""
    if token not in PEOPLE:
        raise Unauthorized("Nobody of that name.")
    return PEOPLE[token]


@pytest.fixture
def front(store: Store) -> Iterator[Front]:
    """A cloud that has placement only."""
    store.parts |= {PublicUrl: PublicUrl("http://cloud"), PlacementSettings: PlacementSettings()}
    made = Front([placement], store, known, "http://cloud")
    yield made
    for pool in made.pools.values():
        pool.shutdown()


@pytest.fixture
def admin(front: Front) -> Asker:
    """An administrator who speaks the newest version."""
    return Asker(front, "/placement", "admin", "1.39")


@pytest.fixture
def service(front: Front) -> Asker:
    """Another service of the cloud."""
    return Asker(front, "/placement", "service", "1.39")


@pytest.fixture
def reader(front: Front) -> Asker:
    """Somebody who may read in the project p1."""
    return Asker(front, "/placement", "reader", "1.39")
