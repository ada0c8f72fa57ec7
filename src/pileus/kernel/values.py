"""Kinds of value that every service's fields are made of: names, identifiers, counts, addresses.

Text kinds that need more than a pattern are subclasses of `Checked`, read by `read_value` while a body is
decoded, so that the complaint names the field.
"""

from __future__ import annotations

import ipaddress
import re
import types
import typing
import uuid
from typing import TYPE_CHECKING, Annotated, Any, Self

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Text = Annotated[str, Meta(max_length=255)]
Long = Annotated[str, Meta(max_length=65535)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Positive = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class Read(type):
    """The type of kinds that are only read: what comes in is a plain value, and the decoder takes it for the kind."""

    def __instancecheck__(cls, value: object) -> bool:
        return True


class Checked(str, metaclass=Read):
    """Text that is read by a rule of its own; `read` raises ValueError."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        """Check and, where the kind has a canonical form, bring the text into it."""
        raise ValueError("unreadable")


class Uuid(Checked):
    """A UUID, with or without hyphens, kept as the caller wrote it in lower case."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F-]{32,36}", value):
            raise ValueError(f"{value!r} is not a 'uuid'")
        uuid.UUID(value)
        return cls(value.lower())


class Address(Checked):
    """An IPv4 or IPv6 address in its canonical form."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        if not isinstance(value, str) or "%" in value:
            raise ValueError(f"'{value}' is not a valid IP address")
        try:
            return cls(ipaddress.ip_address(value))
        except ValueError as error:
            raise ValueError(f"'{value}' is not a valid IP address") from error


class Cidr(Checked):
    """A range of addresses in its canonical form (host bits cleared)."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        if not isinstance(value, str) or "%" in value:
            raise ValueError(f"'{value}' is not a valid IP subnet")
        try:
            return cls(ipaddress.ip_network(value, strict=False))
        except ValueError as error:
            raise ValueError(f"'{value}' is not a valid IP subnet") from error


class Mac(Checked):
    """A unicast MAC address in lower case with colons."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{2}([:-]?[0-9a-fA-F]{2}){5}", value):
            raise ValueError(f"'{value}' is not a valid MAC address")
        digits = re.sub("[:-]", "", value.lower())
        if int(digits[:2], 16) & 1 or not int(digits, 16):
            raise ValueError(f"'{value}' is not a valid MAC address")
        return cls(":".join(digits[at : at + 2] for at in range(0, 12, 2)))


_TRUE = frozenset({"1", "t", "true", "on", "y", "yes"})
_FALSE = frozenset({"0", "f", "false", "off", "n", "no"})


def truth(value: Any) -> bool:
    """A boolean as OpenStack's callers write it: true, "True", 1, "yes" …; raises ValueError."""
    word = str(value).strip().lower() if isinstance(value, str | int | bool) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(f"'{value}' is not a boolean")


class _Flag(metaclass=Read):
    """A boolean, read by `truth`."""

    read = staticmethod(truth)


class _Whole(metaclass=Read):
    """A whole number as a number or as text."""

    @staticmethod
    def read(value: Any) -> int:
        """The number; raises ValueError."""
        if isinstance(value, bool) or not isinstance(value, int | str) or not re.fullmatch(r"-?\d{1,18}", str(value)):
            raise ValueError(f"'{value}' is not an integer")
        return int(value)


if TYPE_CHECKING:
    Flag = bool
    Whole = int
else:
    Flag = _Flag
    Whole = _Whole


def read_value(kind: type, value: Any) -> Any:
    """The decoder's hook for the kinds above; text comes out as plain text, which encoders know."""
    read = getattr(kind, "read", None)
    if read is None:
        raise msgspec.ValidationError(f"{kind} cannot be read")
    found = read(value)
    return str(found) if issubclass(kind, str) else found


def lenient(kind: Any, texts: list[str]) -> Any:
    """Read a query parameter (all its values, as text) as `kind`; raises ValidationError or ValueError."""
    options = [one for one in _options(kind) if one not in (msgspec.UnsetType, types.NoneType)]
    for option in options:
        if typing.get_origin(option) is list:
            inner = typing.get_args(option)[0]
            return [lenient(inner, [text]) for text in texts]
    if any(_is_text(option) for option in options):
        return msgspec.convert(texts[-1], kind, dec_hook=read_value)
    if texts[-1].strip().lower() in ("null", "none", ""):
        raise ValueError(f"'{texts[-1]}' is not of the wanted type")
    if all(_bare(option) is int for option in options) and not re.fullmatch(r"[+-]?[0-9]{1,18}", texts[-1].strip()):
        raise ValueError(f"'{texts[-1]}' is not an integer")
    return msgspec.convert(texts[-1], kind, strict=False, dec_hook=read_value)


def _options(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return typing.get_args(kind)
    return (kind,)


def _is_text(kind: Any) -> bool:
    kind = _bare(kind)
    if typing.get_origin(kind) is typing.Literal:
        return isinstance(typing.get_args(kind)[0], str)
    return isinstance(kind, type) and issubclass(kind, str | _Flag | _Whole)


def _bare(kind: Any) -> Any:
    return typing.get_args(kind)[0] if typing.get_origin(kind) is Annotated else kind


def schema_of(kind: Any) -> dict[str, Any]:
    """A kind of value as JSON Schema."""
    if kind is Any:
        return {}
    schema = msgspec.json.schema(kind, schema_hook=_schema_of_checked)
    defined = schema.pop("$defs", {})
    found: dict[str, Any] = _whole_schema(schema, defined)
    return found


def _whole_schema(schema: Any, defined: dict[str, Any]) -> Any:
    """A schema with what it refers to in its place, so that it can stand inside another document."""
    if isinstance(schema, list):
        return [_whole_schema(one, defined) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole_schema(defined[schema["$ref"].rpartition("/")[2]], defined)
    whole = {name: _whole_schema(value, defined) for name, value in schema.items()}
    if isinstance(whole.get("pattern"), str):
        whole["pattern"] = whole["pattern"].replace(r"\A", "^").replace(r"\Z", "$")  # documents speak ECMA-262
    return whole


def _schema_of_checked(kind: type) -> dict[str, Any]:
    if kind is _Flag:
        return {"type": ["boolean", "string", "integer"]}
    return {"type": ["integer", "string"]} if kind is _Whole else {"type": "string"}
