"""Usages of providers and of projects, since 1.38 by the type of consumer."""

from __future__ import annotations

import pytest

from tests.asking import Asker
from tests.placement.asked import A, B, C, D, error_of, hold, provider


@pytest.fixture(autouse=True)
def _held(admin: Asker) -> None:
    provider(admin, A, VCPU=8, DISK_GB=10)
    hold(admin, B, of=A, VCPU=1)
    hold(admin, C, of=A, VCPU=2, DISK_GB=5)
    body = {"allocations": {A: {"resources": {"VCPU": 4}}}, "project_id": "p1", "user_id": "u2"}
    assert admin.at("1.12")(f"PUT /allocations/{D}", body).code == 204


def test_a_project_is_told_what_it_holds_by_type(admin: Asker) -> None:
    instances = {"consumer_count": 2, "VCPU": 3, "DISK_GB": 5}
    unknown = {"consumer_count": 1, "VCPU": 4}
    heard = admin("GET /usages", project_id="p1")
    assert heard.body == {"usages": {"INSTANCE": instances, "unknown": unknown}}
    assert admin("GET /usages", project_id="p1", consumer_type="unknown").body == {"usages": {"unknown": unknown}}
    everything = {"consumer_count": 3, "VCPU": 7, "DISK_GB": 5}
    assert admin("GET /usages", project_id="p1", consumer_type="all").body == {"usages": {"all": everything}}
    assert admin("GET /usages", project_id="p1", user_id="u2").body == {"usages": {"unknown": unknown}}
    assert admin("GET /usages", project_id="p2").body == {"usages": {}}


def test_before_only_sums_were_told(admin: Asker) -> None:
    assert admin.at("1.37")("GET /usages", project_id="p1").body == {"usages": {"VCPU": 7, "DISK_GB": 5}}
    assert admin.at("1.8")("GET /usages", project_id="p1").code == 404
    assert error_of(admin.at("1.37")("GET /usages", project_id="p1", consumer_type="all"))[0] == 400


def test_a_reader_sees_what_its_own_project_holds(reader: Asker) -> None:
    assert reader("GET /usages", project_id="p1").code == 200
    assert error_of(reader("GET /usages", project_id="p2"))[0] == 403


def test_a_project_must_be_named(admin: Asker) -> None:
    for query in ("", "project_id=", "project_id=p1&consumer_type=some", f"project_id={'x' * 256}"):
        assert error_of(admin(f"GET /usages?{query}"))[0] == 400


def test_a_provider_is_told_what_is_used_of_each_class(admin: Asker) -> None:
    usages = {"VCPU": 7, "DISK_GB": 5}
    assert admin(f"GET /resource_providers/{A}/usages").body == {"resource_provider_generation": 4, "usages": usages}
