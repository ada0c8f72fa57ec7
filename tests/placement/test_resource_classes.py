"""Resource classes: the standard ones, and one's own."""

from __future__ import annotations

from tests.asking import Asker
from tests.placement.asked import A, C, error_of, hold, provider, stock


def names(admin: Asker) -> list[str]:
    return [one["name"] for one in admin("GET /resource_classes").body["resource_classes"]]


def test_standard_classes_and_the_ecu_are_known_and_cannot_be_changed(admin: Asker) -> None:
    assert names(admin)[:3] == ["VCPU", "MEMORY_MB", "DISK_GB"]
    assert names(admin)[-1] == "CUSTOM_ECU"
    links = [{"rel": "self", "href": "/placement/resource_classes/VCPU"}]
    assert admin("GET /resource_classes/VCPU").body == {"name": "VCPU", "links": links}
    assert error_of(admin("DELETE /resource_classes/VCPU"))[0] == 400
    assert error_of(admin("DELETE /resource_classes/CUSTOM_ECU"))[0] == 400


def test_a_class_of_ones_own_is_made_by_either_way(admin: Asker) -> None:
    made = admin("POST /resource_classes", {"name": "CUSTOM_GPU"})
    assert (made.code, made.headers["location"]) == (201, "http://cloud/placement/resource_classes/CUSTOM_GPU")
    assert error_of(admin("POST /resource_classes", {"name": "CUSTOM_GPU"}))[0] == 409
    assert admin("PUT /resource_classes/CUSTOM_GPU").code == 204
    assert admin("PUT /resource_classes/CUSTOM_FPGA").code == 201
    assert names(admin)[-2:] == ["CUSTOM_GPU", "CUSTOM_FPGA"] or names(admin)[-2:] == ["CUSTOM_FPGA", "CUSTOM_GPU"]
    assert admin("DELETE /resource_classes/CUSTOM_GPU").code == 204
    assert error_of(admin("GET /resource_classes/CUSTOM_GPU"))[0] == 404


def test_a_name_says_that_it_is_ones_own(admin: Asker) -> None:
    for name in ("GPU", "CUSTOM_", "CUSTOM_gpu", "CUSTOM_" + "A" * 250):
        assert error_of(admin("POST /resource_classes", {"name": name}))[0] == 400
        assert error_of(admin(f"PUT /resource_classes/{name}"))[0] == 400


def test_a_class_that_providers_have_stays(admin: Asker) -> None:
    admin("PUT /resource_classes/CUSTOM_GPU")
    provider(admin, A, CUSTOM_GPU=1)
    assert error_of(admin("DELETE /resource_classes/CUSTOM_GPU"))[0] == 409
    stock(admin, A)
    assert admin("DELETE /resource_classes/CUSTOM_GPU").code == 204


def test_before_a_class_could_be_renamed(admin: Asker) -> None:
    admin("PUT /resource_classes/CUSTOM_GPU")
    provider(admin, A, CUSTOM_GPU=1)
    hold(admin, C, of=A, CUSTOM_GPU=1)
    old = admin.at("1.6")
    assert old("PUT /resource_classes/CUSTOM_GPU", {"name": "CUSTOM_CARD"}).body["name"] == "CUSTOM_CARD"
    assert admin(f"GET /resource_providers/{A}/usages").body["usages"] == {"CUSTOM_CARD": 1}
    assert error_of(old("PUT /resource_classes/CUSTOM_GPU", {"name": "CUSTOM_CARD"}))[0] == 404
    assert error_of(old("PUT /resource_classes/CUSTOM_CARD", {"name": "CUSTOM_ECU"}))[0] == 409
    assert admin.at("1.1")("GET /resource_classes").code == 404
