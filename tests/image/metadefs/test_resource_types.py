"""Types of resource, and namespaces that are meant for them."""

from __future__ import annotations

from tests.image.gallery import Gallery

PATH = "/metadefs/namespaces/acme/resource_types"


def test_a_namespace_is_meant_for_a_type_until_it_is_not(either: Gallery) -> None:
    either.admin("POST /metadefs/namespaces", {"namespace": "acme", "visibility": "public"})
    asked = {"name": "Acme::Rocket", "prefix": "r_", "properties_target": "image"}
    made = either.admin(f"POST {PATH}", asked)
    assert made.code == 201, made.content
    assert {name: made.body[name] for name in asked} == asked
    assert either.alice(f"GET {PATH}").body == {"resource_type_associations": [made.body]}
    kinds = either.alice("GET /metadefs/resource_types").body["resource_types"]
    assert [one["name"] for one in kinds] == ["Acme::Rocket"]
    assert either.admin(f"POST {PATH}", asked).code == 409
    assert either.alice(f"POST {PATH}", {"name": "other"}).code == 403
    assert [either.admin(f"DELETE {PATH}/Acme::Rocket").code for _ in range(2)] == [204, 404]
    assert either.alice(f"GET {PATH}").body == {"resource_type_associations": []}
