"""What queries ask of providers, read from their texts."""

from __future__ import annotations

import pytest

from pileus.kernel.errors import Invalid
from pileus.placement.stock import Stock
from pileus.placement.wishes import TraitWish, has_room, read_member_of, read_required, read_resources, read_uuid
from tests.placement.asked import A, B, C


def required(*texts: str, may_forbid: bool = True, may_choose: bool = True) -> TraitWish:
    return read_required(texts, may_forbid=may_forbid, may_choose=may_choose)


def test_amounts_are_read() -> None:
    assert read_resources("VCPU:2,MEMORY_MB:512") == {"VCPU": 2, "MEMORY_MB": 512}


@pytest.mark.parametrize(
    "text", ["", "VCPU", "VCPU:", "VCPU:0", "VCPU:-1", "VCPU:x", "vcpu:1", "VCPU:1,", "VCPU:2147483648"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_resources(text)


def test_traits_are_wanted_forbidden_or_chosen_from() -> None:
    wish = required("A,!B", "in:C,D")
    assert (wish.all, wish.none, wish.any) == (frozenset("A"), frozenset("B"), (frozenset("CD"),))
    assert wish.named == {"A", "B", "C", "D"}
    assert wish.holds({"A", "C"})
    assert not wish.holds({"A"})
    assert not wish.holds({"A", "B", "C"})


@pytest.mark.parametrize("text", ["", "a", "A,", "!", "in:", "in:!A", "A,!A", "A B"])
def test_what_is_no_trait_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        required(text)


def test_a_choice_of_forbidden_traits_only_is_refused() -> None:
    with pytest.raises(Invalid):
        required("in:A,B", "!A,!B")


def test_older_callers_do_not_know_the_newer_words() -> None:
    for text, words in (("!A", {"may_forbid": False}), ("in:A", {"may_choose": False})):
        with pytest.raises(Invalid):
            required(text, **words)


def test_memberships_are_read() -> None:
    wish = read_member_of([A, f"in:{B},{C.upper()}", f"!{C}"], may_forbid=True)
    assert wish.any == (frozenset({A}), frozenset({B, C}))
    assert wish.none == {C}
    assert wish.holds({A, B})
    assert not wish.holds({A, C})
    assert read_member_of([f"!in:{A},{B}"], may_forbid=True).none == {A, B}


@pytest.mark.parametrize("text", ["", "x", f"{A},{B}", f"in:{A},!{B}", "in:", "!"])
def test_what_is_no_membership_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_member_of([text], may_forbid=True)


def test_identifiers_are_kept_in_lower_case() -> None:
    assert read_uuid("in_tree", A.upper()) == A
    for text in ("", "x", f"{{{A}}}", f"urn:uuid:{A}", A + "\n"):
        with pytest.raises(Invalid):
            read_uuid("in_tree", text)


def test_room_is_room_for_every_class() -> None:
    stocks = {"VCPU": Stock(4, 3), "MEMORY_MB": Stock(512)}
    assert has_room(stocks, {"VCPU": 1, "MEMORY_MB": 512})
    assert not has_room(stocks, {"VCPU": 2})
    assert not has_room(stocks, {"DISK_GB": 1})
