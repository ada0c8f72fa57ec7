"""The traits of a provider: set whole, guarded by its generation."""

from __future__ import annotations

import pytest

from tests.asking import Asker
from tests.placement.asked import A, error_of, provider

PATH = f"/resource_providers/{A}/traits"


@pytest.fixture(autouse=True)
def _provider(admin: Asker) -> None:
    provider(admin, A)


def test_traits_are_replaced(admin: Asker) -> None:
    both = ["HW_NUMA_ROOT", "STORAGE_DISK_SSD"]
    heard = admin(f"PUT {PATH}", {"resource_provider_generation": 1, "traits": both})
    assert heard.body == {"resource_provider_generation": 2, "traits": both}
    heard = admin(f"PUT {PATH}", {"resource_provider_generation": 2, "traits": both[1:]})
    assert admin(f"GET {PATH}").body == {"resource_provider_generation": 3, "traits": ["STORAGE_DISK_SSD"]}
    assert admin(f"DELETE {PATH}").code == 204
    assert admin(f"GET {PATH}").body == {"resource_provider_generation": 4, "traits": []}


def test_an_old_generation_is_a_conflict(admin: Asker) -> None:
    heard = admin(f"PUT {PATH}", {"resource_provider_generation": 0, "traits": []})
    assert error_of(heard) == (409, "concurrent_update")


def test_an_unknown_trait_is_refused(admin: Asker) -> None:
    for traits in (["CUSTOM_NONE"], [""], ["X" * 256], [1], "STORAGE_DISK_SSD"):
        assert error_of(admin(f"PUT {PATH}", {"resource_provider_generation": 1, "traits": traits}))[0] == 400
    assert admin(f"GET {PATH}").body["traits"] == []
