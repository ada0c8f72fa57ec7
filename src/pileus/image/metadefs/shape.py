"""What all metadata definitions are made of: names, and a definition of one property in JSON Schema's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from pileus.kernel.errors import Forbidden
from pileus.kernel.resource import UNSET, Resource, given, shown
from pileus.kernel.shapes import ask
from pileus.kernel.values import Count
from pileus.kernel.versions import NONE

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Short = Annotated[str, Meta(max_length=80)]
Text = Annotated[str, Meta(max_length=65535)]
Type = Literal["array", "boolean", "integer", "number", "object", "string"]


class Items(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What an array is made of."""

    type: Type | None = None
    enum: list[Any] | msgspec.UnsetType = UNSET


def _maybe(wire: str | None = None) -> Any:
    """A field that may be given, and is shown where it was."""
    return given("create update", default=UNSET, wire=wire) | shown(wire=wire, maybe=True)


class Definition(Resource):
    """The definition of a property, but for its name."""

    title: Text = given("create update") | shown()
    type: Type | None = given("create update") | shown()
    description: Text = _maybe()
    operators: list[Text] = _maybe()
    required: list[Text] = _maybe()
    minimum: float | int = _maybe()
    maximum: float | int = _maybe()
    max_length: Count = _maybe("maxLength")
    min_length: Count = _maybe("minLength")
    pattern: Text = _maybe()
    enum: list[Any] = _maybe()
    readonly: bool = _maybe()
    default: Any = _maybe()
    items: Items = _maybe()
    max_items: Count = _maybe("maxItems")
    min_items: Count = _maybe("minItems")
    unique_items: bool = _maybe("uniqueItems")
    additional_items: bool = _maybe("additionalItems")


if TYPE_CHECKING:
    Inner = Any
else:
    Inner = ask(Definition, "create", NONE).struct
    """A definition inside something else, where its name is a key."""

Definitions = dict[str, Inner]


def plain(definitions: Any) -> dict[str, Any]:
    """Definitions as they are kept and shown."""
    found: dict[str, Any] = {} if definitions is UNSET else msgspec.to_builtins(definitions)
    return found


def read_only() -> Any:
    """A moment or an address that callers may send back, and are told that it is not theirs to set."""
    return given("create update", Any, default=UNSET) | shown(maybe=True)


def refuse_read_only(asked: Any, *names: str) -> None:
    """Raise Forbidden where a caller sets what only the service writes."""
    for name in names:
        if getattr(asked, name) is not UNSET:
            raise Forbidden(f"Attribute '{name}' is read-only.")
