"""A service's own description."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from pileus import app
from pileus.image.api import image
from pileus.kernel.openapi import document
from pileus.kernel.routes import Service


@pytest.fixture(params=app.SERVICES, ids=lambda service: service.name)
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = request.param
    return found


def test_every_operation_of_the_newest_version_is_described(service: Service) -> None:
    paths = document(service, "http://cloud")["paths"]
    newest = service.versions.newest if service.versions else None
    alive = [one for one in service.operations if newest is None or one.span.holds(newest)]
    assert {(one.path or "/", one.method.lower()) for one in alive} == {
        (path, method) for path, methods in paths.items() for method in methods
    }


def test_it_is_openapi_3_1_at_every_version(service: Service) -> None:
    for at in (service.versions.oldest, service.versions.newest) if service.versions else (None,):
        whole = document(service, "http://cloud", at)
        schemathesis.openapi.from_dict(whole).validate()
        for schema in _schemas(whole["paths"]):
            jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


@pytest.mark.parametrize("broken", [{"info": {}}, {"paths": {"/a": {"get": {"parameters": [{"in": "nowhere"}]}}}}])
def test_what_is_no_openapi_would_be_noticed(broken: dict[str, Any]) -> None:
    whole = document(app.SERVICES[0], "http://cloud") | broken
    with pytest.raises(jsonschema_rs.ValidationError):
        schemathesis.openapi.from_dict(whole).validate()
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.meta.validate({"type": "strin"})


def test_an_answer_without_a_body_has_none(service: Service) -> None:
    for methods in document(service, "http://cloud")["paths"].values():
        for described in methods.values():
            assert "content" not in described["responses"].get("204", {})


def test_path_variables_are_parameters(service: Service) -> None:
    for path, methods in document(service, "http://cloud")["paths"].items():
        for described in methods.values():
            named = {one["name"] for one in described["parameters"] if one["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


def test_no_reference_points_nowhere(service: Service) -> None:
    whole = document(service, "http://cloud")
    for reference in _references(whole):
        found: Any = whole
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def _schemas(node: Any) -> list[dict[str, Any]]:
    """Every schema that is not part of another."""
    if isinstance(node, dict):
        own = [node["schema"]] if isinstance(node.get("schema"), dict) else []
        return own + [found for key, value in node.items() if key != "schema" for found in _schemas(value)]
    return [found for value in node for found in _schemas(value)] if isinstance(node, list) else []


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []


def test_a_body_of_a_media_type_of_its_own_says_so() -> None:
    told = document(image, "http://cloud")["paths"]["/images/{image_id}"]["patch"]["requestBody"]["content"]
    newest, standard, older = (set(one["schema"]["items"]["properties"]) for one in told.values())
    assert newest == standard == {"op", "path", "value"}
    assert older == {"add", "replace", "remove", "value"}
