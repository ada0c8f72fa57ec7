"""Definitions are kept and shown in the words of JSON Schema."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from pileus.image.metadefs.shape import Definitions, plain, refuse_read_only
from pileus.kernel.errors import Forbidden
from pileus.kernel.resource import UNSET


def test_a_definition_comes_back_as_it_was_given() -> None:
    given = {"size": {"title": "Size", "type": "integer", "minLength": 1, "uniqueItems": True, "default": None}}
    assert plain(msgspec.convert(given, Definitions)) == given
    assert plain(UNSET) == {}


def test_what_only_the_service_writes_is_not_for_callers_to_set() -> None:
    refuse_read_only(SimpleNamespace(self=UNSET), "self")
    with pytest.raises(Forbidden):
        refuse_read_only(SimpleNamespace(self="/x"), "self")
