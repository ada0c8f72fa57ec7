"""Comparisons as extra specs write them: `>= 4`, `s== x86_64`, `<in> avx`, `<or> a <or> b`, or a plain value."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

_NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.ge,  # as it has always been: "at least"
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
}
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "s==": operator.eq,
    "s!=": operator.ne,
    "s<": operator.lt,
    "s<=": operator.le,
    "s>": operator.gt,
    "s>=": operator.ge,
}


def is_met(wanted: str, present: Any) -> bool:
    """Whether what is present is as wanted; what cannot be compared is not."""
    word, *rest = wanted.split() or [""]
    if word == "<or>":
        return str(present) in [part.strip() for part in wanted.split("<or>")[1:]]
    if word == "<in>":
        return " ".join(rest) in present if isinstance(present, str | list | tuple) else False
    if word == "<all-in>":
        return isinstance(present, str | list | tuple) and all(one in present for one in rest)
    if word in _TEXTS:
        return _TEXTS[word](str(present), " ".join(rest))
    if word in _NUMBERS:
        return _is_number_met(_NUMBERS[word], " ".join(rest), present)
    return str(present) == wanted


def _is_number_met(compare: Callable[[float, float], bool], wanted: str, present: Any) -> bool:
    try:
        return compare(float(present), float(wanted))
    except (TypeError, ValueError):
        return False
