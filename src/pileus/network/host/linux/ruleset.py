"""Tables of nftables as values, and the text that loads them whole or turns one into another; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

Key = tuple[str, str]
"""A table (with its family) and a name in it."""


class Bag(msgspec.Struct, frozen=True):
    """A set, or a map whose elements read `key : value`."""

    kind: str
    of: str
    elements: frozenset[str] = frozenset()

    def declaration(self) -> str:
        """What stands between its braces, but for the elements."""
        return f"{self.of};"


class Chain(msgspec.Struct, frozen=True):
    """Rules in order, and for a base chain its hook."""

    rules: tuple[str, ...] = ()
    hook: str = ""


class Ruleset(msgspec.Struct, frozen=True):
    """All our tables.  Base chains never change between two rulesets; all else may."""

    tables: tuple[str, ...] = ()
    bags: Mapping[Key, Bag] = {}
    chains: Mapping[Key, Chain] = {}


def whole(ruleset: Ruleset) -> str:
    """One transaction that replaces whatever stood under our tables' names."""
    lines = [f"table {table} {{ }}\ndelete table {table}\ntable {table} {{ }}" for table in ruleset.tables]
    return "\n".join([*lines, *_additions(Ruleset(), ruleset)]) + "\n"


def removal(tables: Iterable[str]) -> str:
    """One transaction after which the tables are gone, had they been there or not."""
    return "".join(f"table {table} {{ }}\ndelete table {table}\n" for table in tables)


def change(before: Ruleset, after: Ruleset) -> str:
    """One transaction that touches only what differs; empty if nothing does."""
    return "".join(line + "\n" for line in (*_additions(before, after), *_removals(before, after)))


def _additions(before: Ruleset, after: Ruleset) -> Iterator[str]:
    """What is new, in the order in which nft wants to hear of it: names before whoever uses them."""
    for (table, name), bag in after.bags.items():
        if (table, name) not in before.bags:
            yield f"add {bag.kind} {table} {name} {{ {bag.declaration()} }}"
    for (table, name), chain in after.chains.items():
        if (table, name) not in before.chains:
            yield f"add chain {table} {name}" + (f" {{ {chain.hook} }}" if chain.hook else "")
    for key, chain in after.chains.items():
        yield from _rules(key, before.chains.get(key), chain)
    for key, bag in after.bags.items():
        yield from _elements(key, before.bags.get(key), bag)


def _rules(key: Key, before: Chain | None, after: Chain) -> Iterator[str]:
    if before == after:
        return
    table, name = key
    if before is not None and before.rules:
        yield f"flush chain {table} {name}"
    for rule in after.rules:
        yield f"add rule {table} {name} {rule}"


def _elements(key: Key, before: Bag | None, after: Bag) -> Iterator[str]:
    had = before.elements if before is not None else frozenset()
    if had == after.elements:
        return
    table, name = key
    for verb, elements in (("delete", had - after.elements), ("add", after.elements - had)):
        if elements:
            yield f"{verb} element {table} {name} {{ {', '.join(elements)} }}"


def _removals(before: Ruleset, after: Ruleset) -> Iterator[str]:
    """What nothing refers to any more: first emptied, then deleted, as chains may name each other."""
    gone = [key for key in before.chains if key not in after.chains]
    for verb in ("flush", "delete"):
        for table, name in gone:
            yield f"{verb} chain {table} {name}"
    for key, bag in before.bags.items():
        if key not in after.bags:
            yield f"delete {bag.kind} {key[0]} {key[1]}"
