"""What is accepted and what is shown, compiled from declarations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.shapes import ask, read_body, read_query, render, view
from pileus.kernel.versions import Change, change, version

OLD, NEW = version("2.1"), version("2.9")


class Door(Resource, one="door", many="doors"):
    """A door."""

    name: str = given("create") | shown()
    width: int = given("create", since="2.9") | given("create", int | None, default=None, until="2.9") | shown("show")
    hints: dict[str, Any] = given("create", default=UNSET, beside=True, wire="os:hints")
    made_at: datetime = shown("show")
    key: str = shown("create", noted=True)
    limit: int = given("list", default=UNSET)
    tags: list[str] = given("list", default=UNSET, wire="tag")


@change(Door, since="2.9")
class Measured(Change):
    """Doors are measured by whoever orders them; before, we did."""

    @staticmethod
    def older_ask(verb: str, asked: Any, notes: dict[str, Any]) -> None:
        asked.width = asked.width or 80


class Patch(Resource, free=True):
    """Whatever."""


class Open(Resource, extras=str):
    """Anything by name."""

    name: str = given("create")


def test_a_body_is_read_in_its_envelope_with_what_stands_beside_it() -> None:
    (door,) = read_body(Door, "create", NEW, b'{"door": {"name": "front", "width": 90}, "os:hints": {"wood": 1}}')
    assert (door.name, door.width, door.hints) == ("front", 90, {"wood": 1})


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"door": {}}', b'{"door": {"name": 1}}', b'{"door": {"name": "a", "x": 1}}', b"\xff"]
)
def test_a_body_that_is_none_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_body(Door, "create", OLD, body)


def test_what_a_version_lacks_is_unset_and_a_named_change_may_set_it() -> None:
    compiled = ask(Door, "create", OLD)
    (door,) = read_body(Door, "create", OLD, b'{"door": {"name": "front"}}')
    assert door.limit is UNSET
    for each in compiled.changes:
        each.older_ask("create", door, {})
    assert door.width == 80
    assert ask(Door, "create", NEW).changes == ()


def test_versions_of_one_shape_share_it() -> None:
    assert ask(Door, "create", NEW) is ask(Door, "create", version("2.10"))


def test_a_query_is_read_leniently_and_keeps_what_is_undeclared() -> None:
    asked = read_query(Door, "list", NEW, [("limit", "5"), ("tag", "a"), ("tag", "b"), ("odd", "x")])
    assert (asked.limit, asked.tags, asked.extras) == (5, ["a", "b"], (("odd", "x"),))
    with pytest.raises(Invalid, match="limit"):
        read_query(Door, "list", NEW, [("limit", "null")])


def test_a_view_shows_its_fields_and_the_notes_of_the_request() -> None:
    fields = view(Door, "create", NEW, str).fields
    assert render(fields, {"name": "front"}, {"key": "k"}, lambda rule: True) == {"name": "front", "key": "k"}
    assert render(fields, {"name": "front"}, {}, lambda rule: True) == {"name": "front"}


def test_moments_are_written_as_the_service_writes_them() -> None:
    row = {"name": "front", "width": 1, "made_at": datetime(2026, 1, 2)}
    fields = view(Door, "show", NEW, lambda at: f"{at:%d.%m.}").fields
    assert render(fields, row, {}, lambda rule: True)["made_at"] == "02.01."


def test_a_free_body_and_undeclared_properties_are_handed_on() -> None:
    assert read_body(Patch, "update", NEW, b'[{"op": "add"}]')[0].extras == [{"op": "add"}]
    assert read_body(Open, "create", NEW, b'{"name": "a", "colour": "red"}')[0].extras == {"colour": "red"}
    with pytest.raises(Invalid):
        read_body(Open, "create", NEW, b'{"name": "a", "colour": 1}')
