"""Comparisons of extra specs."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.placement.choice.comparing import is_met


@pytest.mark.parametrize(
    ("wanted", "present", "met"),
    [
        ("QEMU", "QEMU", True),
        ("QEMU", "KVM", False),
        ("4", 4, True),
        ("= 4", 5, True),
        ("= 4", 3, False),
        ("== 4", 4.0, True),
        ("!= 4", 5, True),
        (">= 4", "5", True),
        ("<= 4", 5, False),
        (">= x", 5, False),
        (">= 4", None, False),
        (">= 4", "many", False),
        ("s== a b", "a b", True),
        ("s!= a", "b", True),
        ("s< b", "a", True),
        ("s>= b", "a", False),
        ("<in> avx", ["sse", "avx"], True),
        ("<in> avx", "sse avx2", True),
        ("<in> avx", 5, False),
        ("<all-in> sse avx", ["sse", "avx", "aes"], True),
        ("<all-in> sse fma", ["sse", "avx"], False),
        ("<or> a <or> b", "b", True),
        ("<or> a <or> b", "c", False),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_a_comparison_is_met_or_not(wanted: str, present: Any, met: bool) -> None:
    assert is_met(wanted, present) is met
