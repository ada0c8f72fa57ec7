"""Kinds of value."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pileus.kernel.values import Address, Cidr, Flag, Mac, Uuid, Whole, lenient, read_value, schema_of, truth


def read(kind: Any, value: Any) -> Any:
    return msgspec.convert(value, kind, dec_hook=read_value)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (Uuid, "0E44CC9C-e052-415d-afbf-469b0d384170", "0e44cc9c-e052-415d-afbf-469b0d384170"),
        (Address, "FE80::1", "fe80::1"),
        (Cidr, "10.0.0.5/24", "10.0.0.0/24"),
        (Mac, "FA-16-3E-00-00-01", "fa:16:3e:00:00:01"),
        (Flag, "Yes", True),
        (Whole, "12", 12),
    ],
)
def test_a_value_is_brought_into_its_canonical_form(kind: Any, given: Any, kept: Any) -> None:
    assert read(kind, given) == kept


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Uuid, "nope"),
        (Uuid, 7),
        (Address, "10.0.0.300"),
        (Address, "fe80::1%eth0"),
        (Cidr, "10.0.0.0/33"),
        (Mac, "01:00:5e:00:00:01"),
        (Flag, "perhaps"),
        (Whole, "1.5"),
        (Whole, True),
    ],
)
def test_what_is_no_such_value_is_refused(kind: Any, given: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(kind, given)


def test_truth_knows_the_words_of_openstacks_callers() -> None:
    assert [truth(word) for word in ("true", "ON", 1, "0", "no")] == [True, True, True, False, False]
    with pytest.raises(ValueError, match="boolean"):
        truth("maybe")


def test_a_query_parameter_is_read_from_text() -> None:
    assert lenient(int, ["3"]) == 3
    assert lenient(list[str], ["a", "b"]) == ["a", "b"]
    with pytest.raises(ValueError, match="null"):
        lenient(int, ["null"])


def test_every_kind_has_a_schema() -> None:
    assert schema_of(Uuid)["type"] == "string"
    assert schema_of(list[int])["type"] == "array"
    assert schema_of(Any) == {}
