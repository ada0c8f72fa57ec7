"""The front door: bodies and paths nobody trusts, failures without their inside, pools, streams, a server's life."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
import structlog

from pileus.kernel.http import Front
from pileus.kernel.store import Store
from tests.asking import LOOP, Asker
from tests.kernel.wire import GATE, known, wire


def test_without_a_token_or_with_an_unknown_one_nothing_is_answered(front: Front) -> None:
    for token in ("", "stranger.web"):
        heard = Asker(front, "/wire/v1", token)("GET /kites")
        assert heard.code == 401
        assert heard.headers["www-authenticate"].startswith("Keystone uri=")


def test_a_token_is_good_only_within_its_bounds(front: Front) -> None:
    bound = Asker(front, "/wire/v1", "bound.web")
    assert bound("GET /kites").code == 200
    assert bound("POST /kites", {"kite": {"name": "red"}}).code == 401


def test_every_answer_tells_the_number_of_its_request(member: Asker) -> None:
    number = "req-01234567-89ab-cdef-0123-456789abcdef"
    headers = {"x-openstack-request-id": number}
    assert member("GET /kites", headers=headers).headers["x-openstack-request-id"] == number
    assert member("GET /none", headers=headers).headers["x-openstack-request-id"] == number
    forged = member("GET /kites", headers={"x-openstack-request-id": "req-forged"})
    assert forged.headers["x-openstack-request-id"] != "req-forged"


def test_another_projects_row_is_not_there(member: Asker, front: Front) -> None:
    made = member("POST /kites", {"kite": {"name": "red"}}).body["kite"]["id"]
    assert member(f"GET /kites/{made}").code == 200
    heard = Asker(front, "/wire/v1", "member.other")(f"GET /kites/{made}")
    assert (heard.code, heard.body["kite"]["message"]) == (404, "There is no such kite.")


def test_a_service_may_answer_another_code(member: Asker) -> None:
    assert member("POST /kites", {"kite": {"name": "taken"}}).code == 418


def test_a_wrong_method_is_told_the_right_ones(member: Asker) -> None:
    heard = member("PATCH /kites")
    assert (heard.code, heard.headers["allow"]) == (405, "GET, POST")


def test_head_is_get_without_its_body(member: Asker) -> None:
    seen, heard = member("GET /kites"), member("HEAD /kites")
    assert (heard.code, heard.content, heard.headers["content-length"]) == (200, b"", str(len(seen.content)))


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"kite": {"name": "a\xff"}}', b'{"kite": null}', b'{"kite": {}}', b'"kite"',
     b'{"kite": {"name": "a\\u0000b"}}', b'{"kite": {"name": "a\0b"}}', b'{"kite": {"name": "a\\ud800"}}',
     b'{"kite": {"name": "red", "colour": 1}}', b'{"kite": {"name": "red"}, "more": 1}', b'{"kite": {"name": 7}}',
     b'{"kite": {"name": "red\\n"}}', b'{"kites": []}', b'{"kite": {"name": "a"}, "kites": [{"name": "b"}]}',
     b"[" * 100_000, b'{"kite": ' * 70 + b"1" + b"}" * 70, b'{"kite": {"name": 1e999}}'],
)  # fmt: skip
def test_a_body_that_cannot_be_understood_is_refused(member: Asker, body: bytes) -> None:
    heard = member("POST /kites", body)
    assert heard.code == 400
    assert heard.body["kite"]["message"]


def test_what_only_looks_like_a_nul_is_taken(member: Asker) -> None:
    assert member("POST /opens", b'{"open": {"name": "a\\\\u0000"}}').code == 200


def test_depth_is_counted_outside_of_strings(member: Asker) -> None:
    assert member("POST /opens", {"open": {"name": "[" * 1000}}).code == 200


def test_an_endless_string_is_refused_quickly(member: Asker) -> None:
    began = time.process_time()
    assert member("POST /opens", b"[" * 65 + b'\\"' * 400_000).code == 400
    assert time.process_time() - began < 5


def test_of_a_key_given_twice_the_last_counts(member: Asker) -> None:
    assert member("POST /kites", b'{"kite": {"name": "red", "name": "blue"}}').body["kite"]["name"] == "BLUE"


@pytest.mark.parametrize("path", ["/kites/%ff", "/kites/%00", "/kites?limit=%ff", "/kites?marker=%00"])
def test_a_path_or_query_that_is_not_text_is_refused(member: Asker, path: str) -> None:
    assert member(f"GET {path}").code == 400


@pytest.mark.parametrize("query", ["limit=null", "limit=", "limit=-1", "limit=1e2", "limit=99999999999", "size=None",
                                   "wind=null", "wind=perhaps", "marker=nowhere"])  # fmt: skip
def test_a_query_of_the_wrong_type_is_refused(member: Asker, query: str) -> None:
    assert member(f"GET /kites?{query}").code == 400


def test_a_query_nobody_declared_is_refused_since_the_service_is_strict(member: Asker) -> None:
    assert member.at("1.1")("GET /kites?shape=square").code == 200
    assert member.at("1.2")("GET /kites?shape=square").code == 400


def test_a_body_is_too_large_by_its_own_word_or_by_its_bytes(member: Asker) -> None:
    assert member("PUT /small", b"x" * 100).code == 200
    assert member("PUT /small", b"", headers={"content-length": "101"}).code == 413
    assert member("PUT /small", b"x" * 101).code == 413
    assert member("PUT /small", b"", headers={"content-length": "many"}).code == 200


def test_what_breaks_is_logged_whole_told_without_its_inside_and_leaves_nothing(member: Asker) -> None:
    with structlog.testing.capture_logs() as logs:
        heard = member("POST /broken", {})
    assert heard.code == 500
    assert b"inside" not in heard.content and b"Traceback" not in heard.content
    assert heard.body["kite"]["request"] == heard.headers["x-openstack-request-id"]
    (told,) = [one for one in logs if one["event"] == "broken"]
    assert "the inside of the cloud" in told["error"]
    assert told["request_id"] == heard.headers["x-openstack-request-id"]
    assert member("GET /kites").body["kites"] == []


def test_an_answer_that_cannot_be_rendered_leaves_no_row(member: Asker) -> None:
    assert member("POST /unrenderable", {"kite": {}}).code == 500
    assert member("GET /kites").body["kites"] == []


def test_slow_work_does_not_delay_a_quick_answer(member: Asker) -> None:
    slow = [threading.Thread(target=member, args=("GET /slow",)) for _ in range(4)]
    for each in slow:
        each.start()
    try:
        began = time.monotonic()
        assert member("GET /kites").code == 200
        assert time.monotonic() - began < 5
        assert any(each.is_alive() for each in slow)
    finally:
        GATE.set()
        for each in slow:
            each.join()
        GATE.clear()


def test_an_action_is_named_by_the_bodys_only_key(member: Asker) -> None:
    at, made = member.at("1.2"), member("POST /kites", {"kite": {"name": "red"}}).body["kite"]["id"]
    assert at(f"POST /kites/{made}/action", {"tug": {"force": 3}}).body == {"force": 3}
    assert at(f"POST /kites/{made}/action", {"tug": None}).body == {"force": 1}
    assert at(f"POST /kites/{made}/action", {"cut": None}).code == 202
    assert at(f"POST /kites/{made}/action", {"fly": None}).code == 404
    bodies: tuple[Any, ...] = ({"cut": None, "tug": None}, {"cut": None, "more": 1}, {}, [])
    for body in bodies:
        assert at(f"POST /kites/{made}/action", body).code == 400


def test_an_action_is_not_there_before_its_version(member: Asker) -> None:
    made = member("POST /kites", {"kite": {"name": "red"}}).body["kite"]["id"]
    assert member.at("1.1")(f"POST /kites/{made}/action", {"cut": None}).code == 404


def test_what_is_prepared_before_the_transaction_reaches_the_rule_with_header_query_and_path(member: Asker) -> None:
    heard = member("POST /kites/k%2F1/wind?dry=true", {"wind": {"force": 3}}, headers={"x-wind-of": "south"})
    assert heard.body == [3, "south", True, "prepared k/1"]
    assert member("POST /kites/k/wind", {"wind": {"force": 3}}).body == [3, "north", False, "prepared k"]
    assert member("POST /kites/k/wind", {"wind": {"force": 3, "dry": True}}).code == 400


def test_an_answer_may_come_after_the_transaction(member: Asker) -> None:
    assert member("GET /later").body == {"heard": "came"}


def test_streams_go_both_ways(member: Asker) -> None:
    assert member("GET /pieces?many=3").content == b"012"
    assert member("GET /pieces?many=x").code == 400
    assert member("PUT /pieces", b"12345").body == {"sizes": [5]}


def test_headers_given_twice_are_one_list(front: Front) -> None:
    heard = _raw(front, [(b"openstack-api-version", b"other 9.9"), (b"openstack-api-version", b"wire 1.3")])
    assert heard["openstack-api-version"] == "wire 1.3"


def _raw(front: Front, headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    sent: list[dict[str, Any]] = []
    scope = {"type": "http", "method": "GET", "path": "/wire/v1/later", "query_string": b"", "headers": headers}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    LOOP.run(front(scope, None, send))
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_the_document_of_a_service_is_public(front: Front) -> None:
    heard = Asker(front, "/wire")("GET /openapi.json")
    assert (heard.code, heard.body["openapi"]) == (200, "3.1.0")


def test_a_server_starts_and_stops_with_its_cloud(sqlite_store: Store) -> None:
    done: list[str] = []
    front = Front(
        [wire], sqlite_store, known, "", started=lambda: done.append("up"), stopped=lambda: done.append("down")
    )
    assert _live(front) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert done == ["up", "down"]


def test_a_cloud_that_cannot_start_says_so(sqlite_store: Store) -> None:
    def fail() -> None:
        raise OSError("no room")

    assert _live(Front([wire], sqlite_store, known, "", started=fail)) == ["lifespan.startup.failed"]


def _live(front: Front) -> list[str]:
    coming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(front({"type": "lifespan"}, receive, send))
    return [one["type"] for one in sent]
