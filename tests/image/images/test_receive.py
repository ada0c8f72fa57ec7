"""What a caller says of bytes that come; the bytes themselves are the business of uploads and of staging."""

from __future__ import annotations

import pytest

from pileus.image.images.receive import promised_size
from pileus.kernel.errors import Invalid


def test_a_promised_size_is_a_number() -> None:
    assert promised_size({}) is None
    assert promised_size({"x-openstack-image-size": "12"}) == 12
    for text in ("", "1.5", "١", "9" * 20):
        with pytest.raises(Invalid):
            promised_size({"x-openstack-image-size": text})
