"""Comparisons of texts that mean the same on both databases: letter by letter, large and small ones told apart.

LIKE does not do: SQLite's takes `a` for `A`, and looks at every row even for a beginning that an index would find.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Index, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.functions import FunctionElement

_HIGHEST = "\U0010ffff"
_NO_LETTERS = range(0xD800, 0xE000)
"""Numbers that stand for halves of a letter, in encodings that have halves."""


class _Comparison(FunctionElement[bool]):
    """A condition of a few texts."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> Grouping[bool]:  # type: ignore[override]
        """In brackets, and no more: compared with 1, as functions are on SQLite, no index serves it."""
        return Grouping(self)


class _Holds(_Comparison):
    """Whether the second text is in the first."""

    inherit_cache = True


class _Begins(_Comparison):
    """Whether the first text begins with the second; those that do are from the second up to below the third."""

    inherit_cache = True


def holds(text: ColumnElement[str], part: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a part is anywhere in a text."""
    return _Holds(text, part)


def begins(text: ColumnElement[str], start: str) -> ColumnElement[bool]:
    """Whether a text begins so: a range, which an index of the text serves."""
    above = _above(start)
    return _Begins(text, start) if above is None else _Begins(text, start, above)


def index_of_beginnings(name: str, column: str) -> Index:
    """What serves `begins` on PostgreSQL, whatever its language; on SQLite any index of the text does."""
    made = Index(name, column, postgresql_ops={column: "varchar_pattern_ops"}, info={"dialect": "postgresql"})
    return made.ddl_if(dialect="postgresql")


def starts(text: ColumnElement[str], start: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a text begins with one that the database works out, so that no range of an index is known before."""
    return func.substr(text, 1, func.length(start)) == start


def ends(text: ColumnElement[str], end: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a text ends so."""
    return func.substr(text, func.length(text) - func.length(end) + 1) == end


def _above(start: str) -> str | None:
    """The lowest text above all that begin so; None where all that are not below do."""
    rest = start.rstrip(_HIGHEST)
    if not rest:
        return None
    following = ord(rest[-1]) + 1
    return rest[:-1] + chr(_NO_LETTERS.stop if following in _NO_LETTERS else following)


@compiles(_Holds)
def _holds(found: _Holds, compiler: SQLCompiler, **more: Any) -> str:
    return f"strpos({compiler.process(found.clauses, **more)}) > 0"


@compiles(_Holds, "sqlite")
def _holds_on_sqlite(found: _Holds, compiler: SQLCompiler, **more: Any) -> str:
    return f"instr({compiler.process(found.clauses, **more)}) > 0"


@compiles(_Begins)
def _begins(found: _Begins, compiler: SQLCompiler, **more: Any) -> str:
    """By bytes, whatever the order of the database's language is."""
    return _range(found, compiler, ("~>=~", "~<~"), more)


@compiles(_Begins, "sqlite")
def _begins_on_sqlite(found: _Begins, compiler: SQLCompiler, **more: Any) -> str:
    return _range(found, compiler, (">=", "<"), more)


def _range(found: _Begins, compiler: SQLCompiler, signs: tuple[str, str], more: dict[str, Any]) -> str:
    text, *bounds = (compiler.process(one, **more) for one in found.clauses)
    return " AND ".join(f"{text} {sign} {bound}" for sign, bound in zip(signs, bounds, strict=False))
