"""Inventories: set whole or class by class, guarded by the provider's generation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker
from tests.placement.asked import A, C, D, error_of, generation, hold, provider, stock

ALL = f"/resource_providers/{A}/inventories"


@pytest.fixture(autouse=True)
def _provider(admin: Asker) -> None:
    provider(admin, A, VCPU=4)


def test_what_is_not_said_has_its_usual_value(admin: Asker) -> None:
    heard = admin(f"GET {ALL}")
    limits = {"total": 4, "reserved": 0, "min_unit": 1, "max_unit": 2**31 - 1, "step_size": 1, "allocation_ratio": 1.0}
    assert heard.body == {"resource_provider_generation": 1, "inventories": {"VCPU": limits}}
    assert admin(f"GET {ALL}/VCPU").body == {**limits, "resource_provider_generation": 1}


def test_a_class_is_added_changed_and_taken_away(admin: Asker) -> None:
    made = admin(f"POST {ALL}", {"resource_class": "DISK_GB", "total": 20, "resource_provider_generation": 1})
    assert (made.code, made.body["total"], made.body["resource_provider_generation"]) == (201, 20, 2)
    assert made.headers["location"] == f"http://cloud/placement{ALL}/DISK_GB"
    body = {"total": 30, "reserved": 2, "allocation_ratio": 1.5, "resource_provider_generation": 2}
    changed = admin(f"PUT {ALL}/DISK_GB", body)
    assert (changed.code, changed.body["allocation_ratio"], changed.body["max_unit"]) == (200, 1.5, 2**31 - 1)
    assert admin(f"DELETE {ALL}/DISK_GB").code == 204
    assert error_of(admin(f"GET {ALL}/DISK_GB"))[0] == 404
    assert generation(admin, A) == 4


def test_an_old_generation_is_a_conflict(admin: Asker) -> None:
    heard = admin(f"PUT {ALL}", {"resource_provider_generation": 0, "inventories": {}})
    assert error_of(heard) == (409, "concurrent_update")
    heard = admin(f"PUT {ALL}/VCPU", {"resource_provider_generation": 7, "total": 1})
    assert error_of(heard) == (409, "concurrent_update")
    assert generation(admin, A) == 1


def test_what_is_held_is_not_taken_away(admin: Asker) -> None:
    hold(admin, C, of=A, VCPU=1)
    for heard in (admin(f"DELETE {ALL}/VCPU"), admin(f"DELETE {ALL}"), stock(admin, A, DISK_GB=1)):
        assert error_of(heard) == (409, "inventory.inuse")
    hold(admin, C, 1)
    assert admin(f"DELETE {ALL}").code == 204
    assert admin(f"GET {ALL}").body["inventories"] == {}


def test_all_may_be_reserved_in_newer_versions_only(admin: Asker) -> None:
    body = {"resource_provider_generation": 1, "total": 4, "reserved": 4}
    assert error_of(admin.at("1.25")(f"PUT {ALL}/VCPU", body))[0] == 400
    assert admin.at("1.26")(f"PUT {ALL}/VCPU", body).code == 200
    assert error_of(admin(f"PUT {ALL}/VCPU", {**body, "resource_provider_generation": 2, "reserved": 5}))[0] == 400


OUT_OF_RANGE: list[dict[str, Any]] = [
    {"total": 0},
    {"total": 2**31},
    {"total": 1, "min_unit": 0},
    {"total": 1, "reserved": -1},
    {"total": 1, "allocation_ratio": 4e38},
    {"total": "1"},
    {"total": 1, "more": 1},
    {},
]


def test_a_number_out_of_range_is_refused(admin: Asker) -> None:
    for body in OUT_OF_RANGE:
        assert error_of(admin(f"PUT {ALL}/VCPU", {"resource_provider_generation": 1, **body}))[0] == 400, body
        given = {"resource_provider_generation": 1, "inventories": {"VCPU": body}}
        assert error_of(admin(f"PUT {ALL}", given))[0] == 400, body
    assert generation(admin, A) == 1


def test_a_class_must_be_known_and_had_once(admin: Asker) -> None:
    assert error_of(admin(f"POST {ALL}", {"resource_class": "CUSTOM_NONE", "total": 1}))[0] == 400
    assert error_of(admin(f"POST {ALL}", {"resource_class": "VCPU", "total": 1})) == (409, "concurrent_update")
    assert error_of(admin(f"PUT {ALL}/DISK_GB", {"resource_provider_generation": 1, "total": 1}))[0] == 400
    assert error_of(admin(f"GET /resource_providers/{D}/inventories"))[0] == 404


def test_all_at_once_goes_since_a_version_only(admin: Asker) -> None:
    assert admin.at("1.4")(f"DELETE {ALL}").code == 404
    assert admin.at("1.5")(f"DELETE {ALL}").code == 204
