"""The reshaper: inventory moves to a part of a provider, together with who holds it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker
from tests.placement.asked import A, B, C, D, error_of, hold, provider


@pytest.fixture(autouse=True)
def _tree(admin: Asker) -> None:
    provider(admin, A, VCPU=4, DISK_GB=10)
    provider(admin, B, parent=A)
    hold(admin, C, of=A, VCPU=2, DISK_GB=5)


def shape(**changes: Any) -> dict[str, Any]:
    """The disk goes from A to B, and so does what C holds of it."""
    claim = {
        "project_id": "p1",
        "user_id": "u1",
        "consumer_type": "INSTANCE",
        "consumer_generation": 1,
        "allocations": {A: {"resources": {"VCPU": 2}}, B: {"resources": {"DISK_GB": 5}}},
    }
    inventories = {
        A: {"resource_provider_generation": 2, "inventories": {"VCPU": {"total": 4}}},
        B: {"resource_provider_generation": 1, "inventories": {"DISK_GB": {"total": 10}}},
    }
    return {"inventories": inventories, "allocations": {C: claim}, **changes}


def test_inventory_moves_with_what_is_held_of_it(service: Asker) -> None:
    assert service("POST /reshaper", shape()).code == 204
    assert set(service(f"GET /allocations/{C}").body["allocations"]) == {A, B}
    assert service(f"GET /allocations/{C}").body["consumer_generation"] == 2
    assert service(f"GET /resource_providers/{A}/usages").body["usages"] == {"VCPU": 2}
    assert service(f"GET /resource_providers/{B}/usages").body["usages"] == {"DISK_GB": 5}


def test_what_stays_held_stays_there_and_nothing_is_changed(service: Asker) -> None:
    assert error_of(service("POST /reshaper", shape(allocations={}))) == (409, "inventory.inuse")
    assert service(f"GET /resource_providers/{A}/usages").body["usages"] == {"VCPU": 2, "DISK_GB": 5}


def test_generations_guard_providers_and_consumers(service: Asker) -> None:
    late = shape()
    late["inventories"][A]["resource_provider_generation"] = 1
    assert error_of(service("POST /reshaper", late)) == (409, "concurrent_update")
    late = shape()
    late["allocations"][C]["consumer_generation"] = 7
    assert error_of(service("POST /reshaper", late)) == (409, "concurrent_update")


def test_a_bad_shape_is_refused(service: Asker) -> None:
    unknown = {D: {"resource_provider_generation": 0, "inventories": {}}}
    assert error_of(service("POST /reshaper", shape(inventories=unknown))) == (400, "resource_provider.not_found")
    bad: list[dict[str, Any]] = [{}, {"x": {}}, {A: {"inventories": {}}}]
    for inventories in bad:
        assert error_of(service("POST /reshaper", shape(inventories=inventories)))[0] == 400
    assert error_of(service("POST /reshaper", shape(allocations={"x": {}})))[0] == 400


def test_only_services_reshape_and_only_in_newer_versions(admin: Asker, service: Asker) -> None:
    assert error_of(admin("POST /reshaper", shape()))[0] == 403
    assert service.at("1.29")("POST /reshaper", shape()).code == 404
