"""Compile declarations: for each verb or view and version, what is accepted and what is answered.

Inside, one shape exists, the newest: every compiled Struct has all attributes the resource ever had; those
a verb or version lacks are class attributes (UNSET), which no caller can spell but a named change can set.
"""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from pileus.kernel.errors import Forbidden, Invalid
from pileus.kernel.request import pairs_of
from pileus.kernel.resource import REQUIRED, UNSET, Clause, Declaration, Field, Resource
from pileus.kernel.values import lenient, read_value
from pileus.kernel.versions import Change, Version

Kind = type[Resource]


class Ask(NamedTuple):
    """What one verb accepts at one version."""

    struct: type[msgspec.Struct]
    whole: type[msgspec.Struct] | None
    """The body with its envelope."""
    wires: frozenset[str]
    guarded: tuple[tuple[str, str], ...]
    """(attribute, policy rule) of fields not everybody may give."""
    beside: tuple[str, ...]
    apart: tuple[tuple[str, Clause], ...]
    """What is given as headers, or in the query of a request that has a body."""
    alone: str | None
    """The name of the field that is the whole body, if one is."""
    changes: tuple[type[Change], ...]


class Shown(NamedTuple):
    """One field of a view."""

    wire: str
    name: str
    to: str | None
    noted: bool
    maybe: bool
    made: Callable[[Any], Any] | None


class View(NamedTuple):
    """How one view shows a resource at one version."""

    fields: tuple[Shown, ...]
    changes: tuple[type[Change], ...]


class Several(list[Any]):
    """What was asked of several things at once, be it only one."""


Moment = Callable[[Any], str]
"""How a service writes a moment."""

Picked = tuple[tuple[Field, Clause | None], ...]
_ASKS: dict[tuple[Kind, str, Version], Ask] = {}
_VIEWS: dict[tuple[Kind, str, Version, Moment], View] = {}
_COMPILED: dict[tuple[object, ...], Any] = {}
"""By the clauses that hold, so that versions of one shape share what was compiled for it."""


def ask(kind: Kind, verb: str, at: Version) -> Ask:
    """What `verb` accepts; compiled at first use."""
    found = _ASKS.get((kind, verb, at))
    if found is None:
        found = _ASKS[kind, verb, at] = _once(kind, "given", verb, at, _compile_ask)
    return found


def _once(kind: Kind, side: str, word: str, at: Version, compile: Callable[..., Any], *more: Any) -> Any:
    picked = tuple((field, field.clause(side, word, at)) for field in kind.declared.fields)
    changes = tuple(one for one in kind.changes if one.span.holds(at))
    key = (kind, side, word, changes, more, *(id(clause) for _, clause in picked))
    if key not in _COMPILED:
        _COMPILED[key] = compile(kind, word, picked, changes, *more)
    return _COMPILED[key]


def _compile_ask(kind: Kind, verb: str, picked: Picked, changes: tuple[type[Change], ...]) -> Ask:
    found = {field.name: None if clause is None else field.filled(clause) for field, clause in picked}
    fields, wires, beside = _fields(found)
    lacking = [name for name, clause in found.items() if clause is None or clause.beside or clause.apart]
    struct = msgspec.defstruct(
        f"{kind.__name__}{verb.title().replace('-', '')}",
        fields,
        namespace={"extras": (), "prepared": None, **dict.fromkeys(lacking, UNSET)},
        dict=True,
        kw_only=True,
        forbid_unknown_fields=True,
        module=kind.__module__,
    )
    guarded = tuple((name, clause.to) for name, clause in found.items() if clause and clause.to)
    apart = tuple((name, clause) for name, clause in found.items() if clause and clause.apart)
    alone = next((clause.wire for clause in found.values() if clause and clause.alone), None)
    return Ask(struct, _whole(kind.declared, struct, beside), wires, guarded, tuple(beside), apart, alone, changes)


def _fields(found: Mapping[str, Clause | None]) -> tuple[list[Any], frozenset[str], dict[str, Clause]]:
    fields: list[Any] = []
    beside = {name: clause for name, clause in found.items() if clause is not None and clause.beside}
    for name, clause in found.items():
        if clause is not None and not clause.beside and not clause.apart:
            fields.append((name, _accepted(clause), _default(clause)))
    inside = [clause for clause in found.values() if clause and not clause.beside and not clause.apart]
    wires = frozenset(clause.wire or "" for clause in inside)
    return fields, wires, beside


def _accepted(clause: Clause) -> Any:
    return clause.kind | msgspec.UnsetType if clause.default is UNSET else clause.kind


def _default(clause: Clause) -> Any:
    if isinstance(clause.default, list | dict | set):
        return msgspec.field(default_factory=functools.partial(type(clause.default), clause.default), name=clause.wire)
    return msgspec.field(default=clause.default, name=clause.wire)


def _whole(declared: Declaration, struct: Any, beside: Mapping[str, Clause]) -> type[msgspec.Struct] | None:
    if declared.one is None or declared.loose or declared.free or declared.extras is not None:
        return None
    inner = struct | None if declared.nullable else struct
    fields: list[Any] = [("inner", inner if not declared.bulk else inner | msgspec.UnsetType)]
    fields[0] = (*fields[0], msgspec.field(name=declared.one, default=UNSET if declared.bulk else REQUIRED))
    if declared.bulk:
        fields.append(("each", list[struct] | msgspec.UnsetType, msgspec.field(name=declared.many, default=UNSET)))
    fields += [(name, _accepted(clause), _default(clause)) for name, clause in beside.items()]
    return msgspec.defstruct(f"{struct.__name__}Body", fields, kw_only=True, forbid_unknown_fields=True)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────


def read_body(kind: Kind, verb: str, at: Version, body: bytes) -> list[Any]:
    """Read a body: a list of one, or of several where the resource is made in bulk.  Raises Invalid."""
    compiled = ask(kind, verb, at)
    declared = kind.declared
    if declared.loose:
        return [compiled.struct()]
    if declared.form:
        return [read_query(kind, verb, at, pairs_of(body, "body"))]
    try:
        if compiled.whole is None:
            return [_read_with_extras(declared, compiled, body)]
        whole: Any = msgspec.json.decode(body, type=compiled.whole, dec_hook=read_value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from error
    if whole.inner is None:
        whole.inner = compiled.struct()
    several = declared.bulk and whole.inner is UNSET
    if declared.bulk and (not several) == bool(whole.each):
        raise Invalid(f"A body with {declared.one!r} or {declared.many!r} is wanted.")
    found = Several(whole.each) if several else [whole.inner]
    for name in compiled.beside:
        for one in found:
            setattr(one, name, getattr(whole, name))
    return found


def _read_with_extras(declared: Declaration, compiled: Ask, body: bytes) -> Any:
    given = msgspec.json.decode(body)
    if declared.free:
        free: Any = compiled.struct()
        free.extras = given
        return free
    if declared.one is not None:
        if not isinstance(given, dict) or set(given) != {declared.one}:
            raise Invalid(f"A body with {declared.one!r} and nothing else is wanted.")
        given = given[declared.one]
    if compiled.alone is not None:
        given = {compiled.alone: given}
    if not isinstance(given, dict):
        raise Invalid("An object is wanted.")
    if declared.extras is None:
        return msgspec.convert(given, compiled.struct, dec_hook=read_value)
    extras = {name: value for name, value in given.items() if name not in compiled.wires}
    known = {name: value for name, value in given.items() if name in compiled.wires}
    found: Any = msgspec.convert(known, compiled.struct, dec_hook=read_value)
    found.extras = msgspec.convert(extras, types.GenericAlias(dict, (str, declared.extras)))
    return found


def read_query(kind: Kind, verb: str, at: Version, pairs: Sequence[tuple[str, str]]) -> Any:
    """Read a query string's pairs; keys that are not declared are kept as `extras`.  Raises Invalid."""
    compiled = ask(kind, verb, at)
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(compiled.struct):
        texts = values.get(field.encode_name)
        if texts is not None:
            found[field.name] = _read_parameter(field.encode_name, field.type, texts)
        elif field.default is REQUIRED and field.default_factory is REQUIRED:
            raise Invalid(f"The query parameter {field.encode_name} is wanted.")
    asked: Any = compiled.struct(**found)
    asked.extras = tuple((name, value) for name, value in pairs if name not in compiled.wires)
    return asked


def read_apart(
    asked: Any,
    compiled: Ask,
    headers: Mapping[str, str],
    pairs: Sequence[tuple[str, str]],
    parameters: Mapping[str, str],
) -> None:
    """Fill in what is given as headers, in the path, or in the query beside a body.  Raises Invalid."""
    for name, clause in compiled.apart:
        wire = clause.wire or name
        found: Sequence[tuple[str, str]] = (
            pairs if clause.query else [*(headers if clause.header else parameters).items()]
        )
        texts = [value for key, value in found if key == wire]
        if not texts and clause.default is REQUIRED:
            raise Invalid(f"The {'query parameter' if clause.query else 'header'} {wire} is wanted.")
        setattr(asked, name, _read_parameter(wire, clause.kind, texts) if texts else clause.default)


def _read_parameter(name: str, kind: Any, texts: list[str]) -> Any:
    try:
        return lenient(kind, texts)
    except (msgspec.ValidationError, ValueError) as error:
        raise Invalid(f"Invalid input for query parameter {name}. Value: {texts[-1]}. {error}") from error


_PLACE = re.compile(r"^(.*) - at `\$\.?(.*)`$", re.DOTALL)


def unreadable(error: Exception) -> Invalid:
    """A decoder's complaint as a sentence for the caller."""
    if not isinstance(error, msgspec.ValidationError):
        return Invalid("Malformed request body", logged=f"malformed body: {error}")
    match = _PLACE.match(str(error))
    if match and match[2] and not match[2].startswith("["):
        return Invalid(f"Invalid input for field/attribute {match[2]}. {match[1]}")
    return Invalid(f"Invalid input. {match[1] if match else error}")


def check_given(asked: Any, compiled: Ask, permits: Callable[[str], bool]) -> None:
    """Refuse fields the caller may not give; raises Forbidden."""
    for name, rule in compiled.guarded:
        if getattr(asked, name) is not UNSET and not permits(rule):
            raise Forbidden(f"Policy doesn't allow ({rule}) to be performed.")


# ── showing ──────────────────────────────────────────────────────────────────────────────────────────────


def view(kind: Kind, name: str, at: Version, moment: Moment) -> View:
    """The fields of a view at a version, and the changes an older caller needs; compiled at first use."""
    found = _VIEWS.get((kind, name, at, moment))
    if found is None:
        found = _VIEWS[kind, name, at, moment] = _once(kind, "shown", name, at, _compile_view, moment)
    return found


def _compile_view(kind: Kind, name: str, picked: Picked, changes: tuple[type[Change], ...], moment: Moment) -> View:
    fields: list[Shown] = []
    for field, clause in picked:
        if clause is None:
            continue
        clause, made = field.filled(clause), clause.made
        if made is None and "datetime" in str(clause.kind):
            made = functools.partial(_told, moment)
        fields.append(Shown(str(clause.wire), field.name, clause.to, clause.noted, clause.maybe, made))
    return View(tuple(fields), changes)


def _told(moment: Moment, value: Any) -> str | None:
    return None if value is None else moment(value)


def render(
    fields: Sequence[Shown], row: Mapping[str, Any], notes: Mapping[str, Any], permits: Callable[[str], bool]
) -> dict[str, Any]:
    """One resource as a view shows it."""
    out: dict[str, Any] = {}
    for wire, name, to, noted, maybe, made in fields:
        if to is not None and not permits(to):
            continue
        if noted:
            value = notes.get(name, UNSET)
        else:
            value = row.get(name, UNSET) if maybe else row[name]
        if value is not UNSET:
            out[wire] = value if made is None else made(value)
    return out
