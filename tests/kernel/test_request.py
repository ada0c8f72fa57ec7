"""A request as it comes in."""

from __future__ import annotations

import pytest

from pileus.kernel.errors import Invalid
from pileus.kernel.request import Request, request_of, text

SCOPE = {"method": "GET", "path": "/a/b", "raw_path": b"/a%2Fb?x=1", "query_string": b"x=1", "client": ("::1", 1)}


def a_request(body: bytes = b"", query: bytes = b"") -> Request:
    return Request("POST", "/", query, {}, "", "req", body)


def test_a_path_stays_quoted_and_a_request_gets_a_number() -> None:
    request = request_of({**SCOPE, "headers": [(b"X-Thing", b"1")]})
    assert (request.path, request.headers) == ("/a%2Fb", {"x-thing": "1"})
    assert request.id.startswith("req-")


def test_a_callers_own_number_is_kept_if_it_is_one() -> None:
    number = "req-0e44cc9c-e052-415d-afbf-469b0d384170"
    assert request_of({**SCOPE, "headers": [(b"x-openstack-request-id", number.encode())]}).id == number
    assert request_of({**SCOPE, "headers": [(b"x-openstack-request-id", b"req-\n")]}).id != "req-\n"


@pytest.mark.parametrize("raw", [b"%ff", b"%00", b"a\0b"])
def test_a_path_that_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid):
        text(raw, "path")


def test_a_body_may_not_hold_a_nul_nor_be_nested_without_end() -> None:
    for body in (b'"\\u0000"', b"\0", b"[" * 65 + b"]" * 65):
        with pytest.raises(Invalid):
            a_request(body).check_body()
    a_request(b'["' + b"[" * 100 + b'"]').check_body()


def test_a_query_is_pairs_in_order() -> None:
    assert a_request(query=b"b=2&a=1&a=").pairs == [("b", "2"), ("a", "1"), ("a", "")]
