"""A service's own description."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pileus import app
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


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []
