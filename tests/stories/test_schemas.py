"""Whatever the documents allow may be asked: the answer is what they say, and never a failure of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pileus.app import SERVICES
from pileus.kernel.openapi import document
from pileus.kernel.routes import Service
from tests.asking import Asker, Heard
from tests.toy import Toy

FEW = settings(
    max_examples=2, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def operations(service: Service, at: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of all a document names, but streams."""
    spoken = service.versions
    told = document(service, "", None if spoken is None or at == "newest" else spoken.oldest)
    for path, methods in told["paths"].items():
        for method, said in methods.items():
            if "application/octet-stream" not in said.get("requestBody", {}).get("content", {}):
                yield method.upper(), path, said


@pytest.mark.slow
@pytest.mark.parametrize("at", ["oldest", "newest"])
@pytest.mark.parametrize("service", [one for one in SERVICES if one.name != "fleet"], ids=lambda one: one.name)
def test_no_question_that_a_document_allows_breaks_anything(toy: Toy, service: Service, at: str) -> None:
    version = str(getattr(service.versions, at)) if service.versions else None
    broken: dict[str, Any] = {}
    for who in (toy.admin, toy.member("alice")):
        asker = Asker(toy.cloud.front, service.root, who.token, version)
        for method, path, said in operations(service, at):
            _probe(asker, (method, path, said), broken)
    assert broken == {}


def _probe(asker: Asker, operation: tuple[str, str, dict[str, Any]], broken: dict[str, Any]) -> None:
    method, path, said = operation
    contents: dict[str, dict[str, Any]] = said.get("requestBody", {}).get("content", {})
    media, content = next(iter(contents.items()), ("application/json", {}))
    body = content.get("schema")
    query = {one["name"]: fitting(one["schema"]) for one in said["parameters"] if one["in"] == "query"}
    values = {one["name"]: st.text(min_size=1, max_size=9) for one in said["parameters"] if one["in"] == "path"}

    @FEW
    @given(st.fixed_dictionaries(values), st.fixed_dictionaries({}, optional=query), fitting(body or {}))
    def ask(names: dict[str, str], asked: dict[str, Any], content: Any) -> None:
        line = path.format(**{name: quote(value, safe="", errors="replace") for name, value in names.items()})
        sent = json.dumps(content).encode() if body is not None else None
        told: dict[str, Any] = {name: str(value) for name, value in asked.items()}
        heard = asker(f"{method} {line}", sent, headers={"content-type": media}, **told)
        if because := wrong(heard, said["responses"]):
            broken[f"{method} {path}"] = (because, line, asked, content)

    ask()


def wrong(heard: Heard, described: dict[str, Any]) -> str:
    """What is wrong with an answer: a failure of ours, or a code or a body that is not as described."""
    if heard.code >= 500 and heard.code != 503:
        return f"{heard.code}"
    if str(heard.code) not in described:
        return f"{heard.code} is not described"
    content = described[str(heard.code)].get("content", {}).get("application/json")
    if content is None:
        return ""
    if not heard.content:  # of something new the address may be all
        return "" if "location" in heard.headers else "a body is described, and there is none"
    faults = jsonschema_rs.validator_for(content["schema"]).iter_errors(heard.body)
    return "; ".join(f"{fault.message} at {fault.instance_path}" for fault in faults)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema allows, of the forms our documents are written in."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of(*(fitting(one) for one in schema["anyOf"]))
    kinds = schema.get("type", ["string", "null", "integer"])
    return st.one_of(*(_of(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds)))


def _of(kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind == "object":
        inside = {name: fitting(one) for name, one in schema.get("properties", {}).items()}
        must = {name: one for name, one in inside.items() if name in schema.get("required", ())}
        return st.fixed_dictionaries(must, optional={name: one for name, one in inside.items() if name not in must})
    if kind == "array":
        return st.lists(fitting(schema.get("items") or {}), min_size=schema.get("minItems", 0), max_size=3)
    if kind == "string":
        if "pattern" in schema:
            return st.from_regex(schema["pattern"])
        return st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 20), 300))
    if kind in ("integer", "number"):
        return st.integers(schema.get("minimum"), schema.get("maximum"))
    return st.booleans() if kind == "boolean" else st.none()
