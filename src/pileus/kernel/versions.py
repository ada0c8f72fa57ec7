"""Microversions: negotiated, compared and told here, and nowhere else.

A service without microversions speaks `NONE`.  Where behaviour differs by version, rules ask the caller
for a named `Capability` instead of comparing numbers; where many fields change together, a resource has
a named `Change` with two small translations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from pileus.kernel.errors import Invalid, Unacceptable


class Version(NamedTuple):
    """A microversion; tuples compare as versions do."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


NONE = Version(0, 0)


def version(text: str) -> Version:
    """Read `2.96`; raises ValueError."""
    major, minor = text.split(".")
    return Version(int(major), int(minor))


@dataclass(frozen=True)
class Span:
    """From one version (inclusive) until another (exclusive); None is no bound."""

    since: Version | None = None
    until: Version | None = None

    def holds(self, at: Version) -> bool:
        """Whether `at` lies in the span."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


def span(since: str | None = None, until: str | None = None) -> Span:
    """A span from texts such as `2.10`."""
    return Span(version(since) if since else None, version(until) if until else None)


class Capability(Span):
    """A behaviour that callers have in a span of versions; declared in a service's `changes.py`."""


def capability(since: str | None = None, until: str | None = None) -> Capability:
    """A named behaviour: `PINNED_ZONE = capability(since="2.96")`."""
    found = span(since, until)
    return Capability(found.since, found.until)


class Change:
    """A change of meaning between versions: how an older caller's words and the newest shape translate.

    Both functions change what they are given in place; `notes` is shared by one request's two translations.
    """

    span: ClassVar[Span]

    @staticmethod
    def older_ask(verb: str, asked: Any, notes: dict[str, Any]) -> None:
        """Turn what an older caller asked into the newest shape."""

    @staticmethod
    def older_show(view: str, shown: dict[str, Any], notes: dict[str, Any]) -> None:
        """Turn what the newest caller would see into what an older one expects."""


class Codes:
    """A status code that may depend on the version."""

    def __init__(self, first: int, later: tuple[tuple[Version, int], ...]) -> None:
        self.first = first
        self.later = later

    def at(self, asked: Version) -> int:
        """The code answered at a version."""
        return next((code for since, code in reversed(self.later) if asked >= since), self.first)

    def all(self) -> set[int]:
        """Every code of the span."""
        return {self.first, *(code for _, code in self.later)}


def codes(first: int, **later: int) -> Codes:
    """`codes(200, v2_2=201)`: 200 at first, 201 since 2.2."""
    found = ((version(name[1:].replace("_", ".")), code) for name, code in later.items())
    return Codes(first, tuple(sorted(found)))


_FORM = re.compile(r"([1-9]\d*)\.([1-9]\d*|0)\Z")


class Versions:
    """The microversions one service speaks, and how a request names one."""

    def __init__(self, word: str, oldest: str, newest: str, *, former_header: str | None = None) -> None:
        self.word = word
        self.oldest = version(oldest)
        self.newest = version(newest)
        self.former_header = former_header

    def asked(self, headers: Mapping[str, str]) -> Version:
        """The version a request asks for; raises Invalid or Unacceptable."""
        text = self._named(headers.get("openstack-api-version", ""))
        if text is None and self.former_header:
            text = headers.get(self.former_header.lower())
        if text is None:
            return self.oldest
        if text.strip() == "latest":
            return self.newest
        match = _FORM.match(text.strip())
        if match is None:
            raise Invalid(f"API Version String {text} is of invalid format. Must be of format MajorNum.MinorNum.")
        found = Version(int(match[1]), int(match[2]))
        if not self.oldest <= found <= self.newest:
            raise Unacceptable(
                f"Version {found} is not supported by the API. Minimum is {self.oldest} and maximum is {self.newest}.",
                extra={"min_version": str(self.oldest), "max_version": str(self.newest)},
            )
        return found

    def _named(self, header: str) -> str | None:
        for part in header.split(","):
            word, _, number = part.strip().partition(" ")
            if word.lower() == self.word and number:
                return number
        return None

    def told(self, at: Version) -> list[tuple[str, str]]:
        """Response headers that say which version answered."""
        names = ["OpenStack-API-Version", *([self.former_header] if self.former_header else [])]
        told = [("OpenStack-API-Version", f"{self.word} {at}")]
        if self.former_header:
            told.append((self.former_header, str(at)))
        return [*told, ("Vary", ", ".join(names))]


def change(resource: Any, *, since: str) -> Callable[[type[Change]], type[Change]]:
    """Attach a named change to a resource: callers older than `since` are translated."""

    def attach(kind: type[Change]) -> type[Change]:
        kind.span = span(until=since)
        resource.changes.append(kind)
        resource.changes.sort(key=lambda one: one.span.until, reverse=True)
        return kind

    return attach
