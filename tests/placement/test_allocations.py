"""Allocations: claimed and given back by consumers, guarded by generations and by capacity."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker
from tests.placement.asked import A, B, C, D, error_of, generation, hold, provider

WHOSE = {"project_id": "p1", "user_id": "u1"}


@pytest.fixture(autouse=True)
def _provider(admin: Asker) -> None:
    provider(admin, A, VCPU=4, MEMORY_MB=512)


def held(admin: Asker, consumer: str = C) -> dict[str, Any]:
    found: dict[str, Any] = admin(f"GET /allocations/{consumer}").body
    return found


def test_what_was_claimed_is_told_by_consumer_and_by_provider(admin: Asker) -> None:
    assert hold(admin, C, of=A, VCPU=2, MEMORY_MB=512).code == 204
    amounts = {"VCPU": 2, "MEMORY_MB": 512}
    assert held(admin) == {
        "allocations": {A: {"generation": 2, "resources": amounts}},
        "consumer_generation": 1,
        "consumer_type": "INSTANCE",
        **WHOSE,
    }
    told = admin(f"GET /resource_providers/{A}/allocations").body
    consumer = {"consumer_generation": 1, "resources": amounts}
    assert told == {"resource_provider_generation": 2, "allocations": {C: consumer}}
    old = admin.at("1.27")(f"GET /resource_providers/{A}/allocations").body
    assert old["allocations"] == {C: {"resources": amounts}}


def test_who_holds_nothing_is_nobody(admin: Asker) -> None:
    assert held(admin) == {"allocations": {}}
    assert error_of(admin(f"DELETE /allocations/{C}"))[0] == 404


def test_claims_replace_each_other_and_end(admin: Asker) -> None:
    hold(admin, C, of=A, VCPU=4)
    assert hold(admin, C, 1, of=A, VCPU=3, MEMORY_MB=1).code == 204
    assert held(admin)["consumer_generation"] == 2
    assert admin(f"GET /resource_providers/{A}/usages").body["usages"] == {"VCPU": 3, "MEMORY_MB": 1}
    assert admin(f"DELETE /allocations/{C}").code == 204
    assert held(admin) == {"allocations": {}}
    assert hold(admin, C).code == 204


def test_the_consumers_generation_guards(admin: Asker) -> None:
    assert error_of(hold(admin, C, 1, of=A, VCPU=1)) == (409, "concurrent_update")
    hold(admin, C, of=A, VCPU=1)
    assert error_of(hold(admin, C, of=A, VCPU=1)) == (409, "concurrent_update")
    assert error_of(hold(admin, C, 7, of=A, VCPU=1)) == (409, "concurrent_update")
    assert held(admin)["consumer_generation"] == 1


def test_nothing_is_held_beyond_capacity(admin: Asker) -> None:
    hold(admin, C, of=A, VCPU=3)
    heard = hold(admin, D, of=A, VCPU=2)
    assert error_of(heard) == (409, "undefined_code")
    assert "2 asked, 1 of 4 free" in heard.body["errors"][0]["detail"]
    assert held(admin, D) == {"allocations": {}}
    assert hold(admin, D, of=A, VCPU=1).code == 204


def test_amounts_keep_to_units_and_to_what_there_is(admin: Asker) -> None:
    limits = {"total": 100, "min_unit": 10, "max_unit": 40, "step_size": 5}
    body = {"resource_provider_generation": generation(admin, A), "inventories": {"DISK_GB": limits}}
    admin(f"PUT /resource_providers/{A}/inventories", body)
    for amount in (5, 12, 45):
        assert error_of(hold(admin, C, of=A, DISK_GB=amount))[0] == 409
    assert error_of(hold(admin, C, of=A, VCPU=1))[0] == 409
    assert hold(admin, C, of=A, DISK_GB=15).code == 204


def test_a_bad_amount_is_refused(admin: Asker) -> None:
    bad: list[dict[str, Any]] = [{"NO_SUCH": 1}, {"VCPU": 0}, {"VCPU": "1"}, {"vcpu": 1}, {"VCPU": 2**31}, {}]
    for amounts in bad:
        body = {"allocations": {A: {"resources": amounts}}, **WHOSE, "consumer_generation": None, "consumer_type": "X"}
        assert error_of(admin(f"PUT /allocations/{C}", body))[0] == 400, amounts
    assert held(admin) == {"allocations": {}}


def test_a_bad_consumer_or_provider_is_refused(admin: Asker) -> None:
    assert error_of(hold(admin, "me", of=A, VCPU=1))[0] == 400
    assert error_of(hold(admin, C, of=D, VCPU=1))[0] == 400
    assert error_of(hold(admin, C, of="x", VCPU=1))[0] == 400
    body: dict[str, Any] = {"allocations": {}, **WHOSE, "consumer_generation": None, "consumer_type": "small"}
    assert error_of(admin(f"PUT /allocations/{C}", body))[0] == 400


def test_the_oldest_version_claims_by_list(admin: Asker) -> None:
    old = admin.at("1.0")
    one = {"resource_provider": {"uuid": A}, "resources": {"VCPU": 1}}
    assert old(f"PUT /allocations/{C}", {"allocations": [one]}).code == 204
    assert old(f"GET /allocations/{C}").body == {"allocations": {A: {"generation": 2, "resources": {"VCPU": 1}}}}
    assert set(held(admin)["project_id"]) == {"0", "-"}
    assert held(admin)["consumer_type"] == "unknown"
    assert error_of(old(f"PUT /allocations/{C}", {"allocations": []}))[0] == 400
    assert error_of(old(f"PUT /allocations/{C}", {"allocations": [one], **WHOSE}))[0] == 400
    assert admin.at("1.8")(f"PUT /allocations/{C}", {"allocations": [one], **WHOSE}).code == 204
    assert held(admin)["project_id"] == "p1"


def test_whose_it_is_is_required_by_and_by(admin: Asker) -> None:
    body: dict[str, Any] = {"allocations": {A: {"resources": {"VCPU": 1}}}}
    assert error_of(admin.at("1.12")(f"PUT /allocations/{C}", body))[0] == 400
    body |= WHOSE
    assert admin.at("1.12")(f"PUT /allocations/{C}", body).code == 204
    assert error_of(admin.at("1.28")(f"PUT /allocations/{C}", body))[0] == 400
    body["consumer_generation"] = 1
    assert admin.at("1.28")(f"PUT /allocations/{C}", body).code == 204
    assert error_of(admin.at("1.38")(f"PUT /allocations/{C}", body))[0] == 400
    body["mappings"] = {"": [A]}
    assert error_of(admin.at("1.33")(f"PUT /allocations/{C}", body))[0] == 400
    body["consumer_generation"] = 2
    assert admin.at("1.34")(f"PUT /allocations/{C}", body).code == 204


def several(**holding: Any) -> dict[str, Any]:
    return {
        consumer: {**WHOSE, "consumer_type": "INSTANCE", "consumer_generation": at, "allocations": given}
        for consumer, (at, given) in holding.items()
    }


def test_several_consumers_change_together_or_not_at_all(admin: Asker) -> None:
    provider(admin, B, VCPU=4)
    hold(admin, C, of=A, VCPU=4)
    swap = several(**{C: (1, {B: {"resources": {"VCPU": 4}}}), D: (None, {A: {"resources": {"VCPU": 4}}})})
    assert admin("POST /allocations", swap).code == 204
    assert set(held(admin)["allocations"]) == {B}
    assert set(held(admin, D)["allocations"]) == {A}
    too_much = several(**{C: (2, {}), D: (1, {A: {"resources": {"VCPU": 5}}})})
    assert error_of(admin("POST /allocations", too_much))[0] == 409
    assert set(held(admin)["allocations"]) == {B}
    stale = several(**{C: (2, {}), D: (9, {})})
    assert error_of(admin("POST /allocations", stale)) == (409, "concurrent_update")
    assert admin("POST /allocations", several(**{C: (2, {}), D: (1, {})})).code == 204
    assert held(admin, D) == {"allocations": {}}


def test_a_bad_body_for_several_is_refused(admin: Asker) -> None:
    bad: list[Any] = [{}, [], {"me": {}}, {C: {}}, {C: 1}, b"\xff"]
    for body in bad:
        assert error_of(admin("POST /allocations", body))[0] == 400, body


def test_what_is_over_capacity_already_may_shrink(admin: Asker) -> None:
    hold(admin, C, of=A, VCPU=4)
    body = {"resource_provider_generation": generation(admin, A), "total": 2}
    assert admin(f"PUT /resource_providers/{A}/inventories/VCPU", body).code == 200
    assert hold(admin, C, 1, of=A, VCPU=3).code == 204
    assert error_of(hold(admin, C, 2, of=A, VCPU=4))[0] == 409
