"""What a new cloud defines."""

from __future__ import annotations

from pileus.image import seed_definitions
from tests.image.gallery import Gallery

PATH = "/metadefs/namespaces"


def test_a_new_cloud_has_definitions_and_what_is_taken_away_stays_away(either: Gallery) -> None:
    either.store.write(seed_definitions)
    every = either.alice(f"GET {PATH}", limit=100).body["namespaces"]
    assert {"OS::Compute::Libvirt", "OS::OperatingSystem", "OS::Software::Databases"} <= {
        one["namespace"] for one in every
    }
    kinds = [one["name"] for one in either.alice("GET /metadefs/resource_types").body["resource_types"]]
    assert "OS::Glance::Image" in kinds
    either.admin(f"PUT {PATH}/OS::OperatingSystem", {"namespace": "OS::OperatingSystem"})
    either.admin(f"DELETE {PATH}/OS::OperatingSystem")
    either.store.write(seed_definitions)
    assert len(either.admin(f"GET {PATH}", limit=100).body["namespaces"]) == len(every) - 1
