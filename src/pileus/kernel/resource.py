"""Declare a wire shape: every field of a resource as a union of clauses, one source for all else.

A clause says where a field is *given* (by callers, for some verbs) or *shown* (to callers, in some views),
in which versions, under which name and to whom.  From the clauses `kernel/shapes.py` compiles, for each
verb or view and version, what is accepted and what is answered.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import msgspec

from pileus.kernel.versions import Change, Span, Version, span

UNSET: Any = msgspec.UNSET
REQUIRED: Any = msgspec.NODEFAULT


@dataclass(frozen=True)
class Clause:
    """One way in which a field crosses the wire."""

    side: str
    words: frozenset[str]
    """Verbs or views; empty means all."""
    span: Span
    kind: Any = None
    """The type here, where it is not the field's own."""
    default: Any = REQUIRED
    wire: str | None = None
    to: str | None = None
    """The policy rule that permits giving or seeing it; None is everybody."""
    beside: bool = False
    """Given beside the resource's envelope, not in it."""
    header: bool = False
    """Given as a header of the request (`wire` is its name in lower case)."""
    query: bool = False
    """Given in the query although the request has a body."""
    path: bool = False
    """Given in the path, for work that is done before the transaction."""
    alone: bool = False
    """Given as the whole body, without a name around it (`["a", "b"]`)."""
    noted: bool = False
    """Shown from the request's notes, and absent where there is none."""
    maybe: bool = False
    """Absent where the row does not have it."""
    made: Callable[[Any], Any] | None = None
    """Turns the row's value into what is shown."""

    @property
    def apart(self) -> bool:
        """Whether it is given elsewhere than what is asked: neither in the body nor in the query that stands for it."""
        return self.header or self.query or self.path

    def holds(self, side: str, word: str, at: Version) -> bool:
        """Whether this clause speaks for a verb (or view) at a version."""
        return self.side == side and (not self.words or word in self.words) and self.span.holds(at)


class Clauses(tuple[Clause, ...]):
    """What stands behind a field's name; joined with `|`."""

    __slots__ = ()

    def __or__(self, other: Any) -> Clauses:
        return Clauses((*self, *other))


def given(verbs: str, kind: Any = None, *, since: str | None = None, until: str | None = None, **more: Any) -> Any:
    """A field that callers may give with some verbs; without `default` they must.

    `more` is any of `default`, `wire`, `to`, `beside`, `header`, `query`, `path` and `alone` of `Clause`.
    """
    return Clauses((Clause("given", frozenset(verbs.split()), span(since, until), kind, **more),))


def shown(views: str = "", *, since: str | None = None, until: str | None = None, **more: Any) -> Any:
    """A field that callers see in some views (all where none is named).

    `more` is any of `kind`, `wire`, `to`, `noted`, `maybe` and `made` of `Clause`.
    """
    return Clauses((Clause("shown", frozenset(views.split()), span(since, until), **more),))


@dataclass(frozen=True)
class Field:
    """A declared field: its name inside, its type, its clauses."""

    name: str
    kind: Any
    clauses: Clauses

    def clause(self, side: str, word: str, at: Version) -> Clause | None:
        """The clause that speaks for a verb or view at a version."""
        return next((one for one in self.clauses if one.holds(side, word, at)), None)

    def filled(self, clause: Clause) -> Clause:
        """A clause of this field with type and wire name filled in."""
        kind = clause.kind if clause.kind is not None else self.kind
        return replace(clause, kind=kind, wire=clause.wire or self.name)


class Declaration:
    """What the kernel knows of one resource: its names, its envelope, its fields."""

    def __init__(self, owner: type[Resource], **options: Any) -> None:
        self.owner = owner
        self.name = owner.__name__
        self.one: str | None = options.pop("one", None)
        self.many: str | None = options.pop("many", None)
        self.wraps_items: bool = options.pop("wraps_items", False)
        self.bulk: bool = options.pop("bulk", False)
        self.extras: Any = options.pop("extras", None)
        """The type of further, undeclared properties; None where there may be none."""
        self.loose: bool = options.pop("loose", False)
        """Whether anything at all may stand in the envelope (`{"os-start": null}`)."""
        self.nullable: bool = options.pop("nullable", False)
        """Whether null in the envelope stands for an empty one (`{"lock": null}`)."""
        self.free: bool = options.pop("free", False)
        """Whether the rule reads the body's JSON itself (`asked.extras`), such as a JSON patch."""
        self.form: bool = options.pop("form", False)
        """Whether the body is a form (`a=b&c=d`)."""
        self.media: Mapping[str, Any] = options.pop("media", {})
        """The media types that the rule tells apart, where JSON as such will not do, and the type of a body in each."""
        if options:
            raise TypeError(f"{self.name}: unknown options {sorted(options)}")
        self.clauses = {name: value for name, value in vars(owner).items() if isinstance(value, Clauses)}

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields with their types resolved, inherited ones first."""
        hints = typing.get_type_hints(self.owner, include_extras=True)
        found: dict[str, Clauses] = {}
        for base in reversed(self.owner.__mro__):
            declared = base.__dict__.get("declared")
            found.update(declared.clauses if isinstance(declared, Declaration) else {})
        return tuple(Field(name, hints[name], clauses) for name, clauses in found.items())


class Resource:
    """Something callers make, see, change and delete, declared field by field.

    Class options: `one` and `many` (the envelopes), `wraps_items` (each listed item in an envelope of its
    own), `bulk` (several may be made at once), `extras` (type of undeclared properties), `loose`, `nullable`,
    `free`, `form`, `media`.
    """

    declared: ClassVar[Declaration]
    changes: ClassVar[list[type[Change]]]
    extras: Any
    """Undeclared properties of a body (dict), or undeclared query keys (tuple of pairs)."""
    prepared: Any
    """What the operation's `prepare` worked out before the transaction."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__()
        cls.declared = Declaration(cls, **options)
        cls.changes = []


class Nothing(Resource, loose=True):
    """A body or answer that has no content."""
