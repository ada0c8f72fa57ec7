"""Turning one ruleset into another by the smallest transaction."""

from __future__ import annotations

from pileus.network.host.linux.ruleset import Bag, Chain, Ruleset, change, removal, whole

T = "inet t"
BEFORE = Ruleset(
    (T,),
    {(T, "s"): Bag("set", "type mark", frozenset({"1"})), (T, "old"): Bag("set", "type mark")},
    {
        (T, "c"): Chain(("accept",)),
        (T, "d"): Chain(("jump c",)),
        (T, "h"): Chain((), "type filter hook input priority 0;"),
    },
)


def test_nothing_changed_is_nothing_said() -> None:
    assert change(BEFORE, BEFORE) == ""


def test_the_whole_replaces_whatever_was_there() -> None:
    assert whole(BEFORE).splitlines()[:3] == ["table inet t { }", "delete table inet t", "table inet t { }"]
    assert "add chain inet t h { type filter hook input priority 0; }" in whole(BEFORE)


def test_elements_come_and_go_alone() -> None:
    after = Ruleset((T,), {**BEFORE.bags, (T, "s"): Bag("set", "type mark", frozenset({"2"}))}, BEFORE.chains)
    assert change(BEFORE, after) == "delete element inet t s { 1 }\nadd element inet t s { 2 }\n"


def test_a_changed_chain_is_written_anew_and_no_other() -> None:
    after = Ruleset((T,), BEFORE.bags, {**BEFORE.chains, (T, "c"): Chain(("drop",))})
    assert change(BEFORE, after) == "flush chain inet t c\nadd rule inet t c drop\n"


def test_what_is_gone_is_emptied_before_it_is_deleted() -> None:
    after = Ruleset((T,), {(T, "s"): BEFORE.bags[T, "s"]}, {(T, "h"): BEFORE.chains[T, "h"]})
    assert change(BEFORE, after).splitlines() == [
        "flush chain inet t c",
        "flush chain inet t d",
        "delete chain inet t c",
        "delete chain inet t d",
        "delete set inet t old",
    ]


def test_removal_works_whether_tables_are_there_or_not() -> None:
    assert removal([T]) == "table inet t { }\ndelete table inet t\n"
