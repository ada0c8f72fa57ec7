"""Options that protect from mistakes."""

from __future__ import annotations

import pytest

from pileus.identity.options import Options, merged, refuse_immutable
from pileus.kernel.errors import Forbidden

FIXED = {"id": "x", "options": {"immutable": True}}


def test_an_update_keeps_what_it_does_not_name_and_takes_back_what_is_null():
    assert merged({"immutable": True}, Options()) == {"immutable": True}
    assert merged({}, Options(immutable=True)) == {"immutable": True}
    assert merged({"immutable": True}, Options(immutable=None)) == {}


def test_what_is_immutable_is_changed_only_by_taking_that_back():
    for options in (Options(), Options(immutable=True)):
        with pytest.raises(Forbidden):
            refuse_immutable("role", FIXED, options)
    with pytest.raises(Forbidden):
        refuse_immutable("role", FIXED)
    for free in (None, False):
        refuse_immutable("role", FIXED, Options(immutable=free))
    refuse_immutable("role", {"id": "x", "options": {}})
