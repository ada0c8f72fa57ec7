"""Traits: the standard ones, one's own, and which of them are asked for."""

from __future__ import annotations

from tests.asking import Asker
from tests.placement.asked import A, error_of, provider, trait


def test_standard_traits_are_known_and_cannot_be_changed(admin: Asker) -> None:
    assert admin("GET /traits/HW_CPU_X86_AVX").code == 204
    assert len(admin("GET /traits").body["traits"]) == 377
    assert error_of(admin("PUT /traits/HW_CPU_X86_NEW"))[0] == 400
    assert error_of(admin("DELETE /traits/HW_CPU_X86_AVX"))[0] == 400


def test_a_trait_of_ones_own_is_made_once_and_forgotten(admin: Asker) -> None:
    made = admin("PUT /traits/CUSTOM_GOLD")
    assert (made.code, made.content) == (201, b"")
    assert made.headers["location"] == "http://cloud/placement/traits/CUSTOM_GOLD"
    assert admin("PUT /traits/CUSTOM_GOLD").code == 204
    assert admin("DELETE /traits/CUSTOM_GOLD").code == 204
    assert error_of(admin("GET /traits/CUSTOM_GOLD"))[0] == 404
    assert error_of(admin("DELETE /traits/CUSTOM_GOLD"))[0] == 404


def test_a_name_has_capital_letters_digits_and_underscores(admin: Asker) -> None:
    for name in ("CUSTOM_", "CUSTOM_gold", "CUSTOM_A-B", "GOLD", "CUSTOM_" + "A" * 250, "CUSTOM_A%0A"):
        assert error_of(admin(f"PUT /traits/{name}"))[0] == 400


def test_traits_are_found_by_name_and_by_use(admin: Asker) -> None:
    provider(admin, A)
    admin("PUT /traits/CUSTOM_GOLD")
    trait(admin, A, "STORAGE_DISK_SSD", "CUSTOM_GOLD")
    assert admin("GET /traits", associated="true").body["traits"] == ["CUSTOM_GOLD", "STORAGE_DISK_SSD"]
    assert admin("GET /traits", name="startswith:CUSTOM_").body["traits"] == ["CUSTOM_GOLD"]
    assert admin("GET /traits", name="in:HW_NUMA_ROOT,NONE").body["traits"] == ["HW_NUMA_ROOT"]
    assert admin("GET /traits", name="startswith:CUSTOM", associated="false").body["traits"] == []
    assert error_of(admin("GET /traits", name="GOLD"))[0] == 400
    assert error_of(admin("GET /traits", associated="maybe"))[0] == 400
    assert error_of(admin("DELETE /traits/CUSTOM_GOLD"))[0] == 409


def test_traits_came_with_a_version(admin: Asker) -> None:
    assert admin.at("1.5")("GET /traits").code == 404
    assert admin.at("1.6")("GET /traits").code == 200
