"""Schemas are made from declarations."""

from __future__ import annotations

from tests.image.gallery import Gallery


def test_the_schema_of_an_image_is_true_to_what_is_accepted(gallery: Gallery) -> None:
    schema = gallery.alice("GET /schemas/image").body
    properties = schema["properties"]
    assert (schema["name"], schema["additionalProperties"]) == ("image", {"type": "string"})
    assert properties["name"] == {"type": ["null", "string"], "maxLength": 255}
    assert properties["disk_format"]["enum"][0] is None
    for name, kind in properties.items():
        assert "type" in kind, name
        code = gallery.admin("POST /images", {name: None}).code
        assert code == (403 if kind.get("readOnly") else 201 if "null" in kind["type"] else 400), name


def test_every_property_of_an_image_is_in_its_schema(gallery: Gallery) -> None:
    gallery.settle(show_multiple_locations=True)
    shown = gallery.alice(f"GET /images/{gallery.make(content=b'x')}").body
    assert shown.keys() == gallery.alice("GET /schemas/image").body["properties"].keys()


def test_lists_and_members_have_schemas_too(gallery: Gallery) -> None:
    images = gallery.alice("GET /schemas/images").body
    assert images["properties"]["images"]["items"] == gallery.alice("GET /schemas/image").body
    assert gallery.alice("GET /schemas/members").body["properties"]["members"]["items"]["name"] == "member"
    assert gallery.alice("GET /schemas/member").body["properties"]["status"]["enum"] == [
        "accepted",
        "pending",
        "rejected",
    ]
    assert gallery.alice("GET /schemas/nonsense").code == 404
    assert gallery.stranger("GET /schemas/image").code == 401


def test_metadata_definitions_have_schemas_too(gallery: Gallery) -> None:
    for name in ("namespace", "object", "property", "resource_type", "tag"):
        one = gallery.alice(f"GET /schemas/metadefs/{name}").body
        assert (one["additionalProperties"], "name" in one["properties"] or name == "namespace") == (False, True)
    required = gallery.alice("GET /schemas/metadefs/property").body["required"]
    assert sorted(required) == ["name", "title", "type"]
    assert gallery.alice("GET /schemas/metadefs/properties").body["properties"]["properties"]["type"] == "object"
    assert gallery.alice("GET /schemas/metadefs/namespaces").body["name"] == "namespaces"
    assert gallery.alice("GET /schemas/metadefs/nonsense").code == 404
