"""Declarations."""

from __future__ import annotations

import pytest

from pileus.kernel.resource import Resource, given, shown
from pileus.kernel.versions import version


class Thing(Resource, one="thing", many="things"):
    """A thing."""

    name: str = given("create") | shown()


class Further(Thing, one="further", many="furthers"):
    """A thing with more."""

    size: int = given("create", since="2.5", default=0) | shown("show", wire="bytes")


def test_fields_of_a_base_come_first() -> None:
    assert [field.name for field in Further.declared.fields] == ["name", "size"]


def test_a_clause_holds_for_its_verbs_and_versions() -> None:
    size = Further.declared.fields[1]
    assert size.clause("given", "create", version("2.4")) is None
    assert size.clause("given", "create", version("2.5")) is not None
    assert size.clause("shown", "list", version("2.5")) is None


def test_a_clause_is_filled_in_from_its_field() -> None:
    size = Further.declared.fields[1]
    clause = size.clause("shown", "show", version("2.1"))
    assert clause is not None
    assert (size.filled(clause).kind, size.filled(clause).wire) == (int, "bytes")


def test_an_option_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="unknown options"):
        type("Odd", (Resource,), {}, colour="blue")
