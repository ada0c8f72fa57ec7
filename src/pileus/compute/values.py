"""Kinds of value of the Compute API's own: its names, its descriptions, its addresses."""

from __future__ import annotations

import ipaddress
from typing import Any, Self

from pileus.kernel.values import Checked


class Clean(Checked):
    """A name of 1 to 255 printable characters, kept without white space at its ends."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is not of type 'string'")
        if not 1 <= len(value) <= 255 or not value.strip():
            raise ValueError(f"{value[:255]!r} is too long, too short or blank")
        if any(not one.isprintable() for one in value):
            raise ValueError(f"{value!r} has characters that cannot be printed")
        return cls(value.strip())


class PlainText(Checked):
    """Up to 255 printable characters."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        if not isinstance(value, str) or len(value) > 255:
            raise ValueError(f"{str(value)[:255]!r} is not text of at most 255 characters")
        if any(not one.isprintable() for one in value):
            raise ValueError(f"{value!r} has characters that cannot be printed")
        return cls(value)


class IPv4(Checked):
    """An IPv4 address."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        return cls(ipaddress.IPv4Address(value if isinstance(value, str) else repr(value)))


class IPv6(Checked):
    """An IPv6 address."""

    __slots__ = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        return cls(ipaddress.IPv6Address(value if isinstance(value, str) else repr(value)))
