"""Properties of a namespace, under their own names and under those they have on a resource."""

from __future__ import annotations

from typing import Any

import pytest

from tests.image.gallery import Gallery

PATH = "/metadefs/namespaces/acme/properties"
BUS = {"name": "bus", "title": "Bus", "type": "array", "maxItems": 3, "items": {"type": "string"}, "default": ["ide"]}


@pytest.fixture
def acme(either: Gallery) -> Gallery:
    """A gallery with a public namespace for images."""
    meant = [{"name": "OS::Glance::Image", "prefix": "hw_"}]
    body = {"namespace": "acme", "visibility": "public", "resource_type_associations": meant}
    assert either.admin("POST /metadefs/namespaces", body).code == 201
    return either


def test_a_property_is_made_shown_defined_anew_and_deleted(acme: Gallery) -> None:
    made = acme.admin(f"POST {PATH}", BUS)
    assert (made.code, made.body) == (201, BUS)
    assert acme.alice(f"GET {PATH}/bus").body == BUS
    assert acme.alice(f"GET {PATH}").body == {"properties": {"bus": {k: v for k, v in BUS.items() if k != "name"}}}
    renamed = {"name": "port", "title": "Port", "type": "integer"}
    assert acme.admin(f"PUT {PATH}/bus", renamed).body == renamed
    assert acme.admin(f"DELETE {PATH}/port").code == 204
    assert acme.admin(f"GET {PATH}/port").code == 404


def test_a_property_is_found_by_the_name_it_has_on_a_resource(acme: Gallery) -> None:
    acme.admin(f"POST {PATH}", BUS)
    kind = "OS::Glance::Image"
    codes = [acme.alice(f"GET {PATH}/{name}", resource_type=kind).code for name in ("hw_bus", "bus")]
    assert codes == [200, 404]


def test_what_is_no_definition_is_refused(acme: Gallery) -> None:
    acme.admin(f"POST {PATH}", BUS)
    other = {**BUS, "name": "x"}
    wrong: tuple[dict[str, Any], ...] = ({}, {"name": "x"}, {**other, "maxItems": -1}, {**other, "more": 1})
    assert [acme.admin(f"POST {PATH}", body).code for body in wrong] == [400] * 4
    assert acme.admin(f"POST {PATH}", BUS).code == 409
    assert acme.alice(f"POST {PATH}", {**BUS, "name": "x"}).code == 403
