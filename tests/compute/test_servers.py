"""What can be done with a server that is there: power, locks, labels, cards, groups, questions and its story."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.asking import Heard
from tests.toy import Caller, Toy


@pytest.fixture
def alice(toy: Toy) -> Caller:
    """Somebody."""
    return toy.member("alice")


@pytest.fixture
def web(toy: Toy, alice: Caller) -> str:
    """Her server, which runs."""
    made = alice.boot("web")
    toy.settle()
    return made


# ── power, locks, marks ──────────────────────────────────────────────────────────────────────────────────


def test_an_action_wants_a_server_that_is_ready_for_it(alice: Caller, web: str) -> None:
    for action in ("os_start", "unpause", "resume"):
        assert alice.act(web, **{action: None}).code == 409
    assert alice.act(web, os_stop=None).code == 202
    for action in ("os_stop", "pause", "suspend"):
        assert alice.act(web, **{action: None}).code == 409


@pytest.mark.parametrize("way", ["SOFT", "HARD"])
def test_a_server_restarts(toy: Toy, alice: Caller, web: str, way: str) -> None:
    assert alice.act(web, reboot={"type": way}).code == 202
    assert toy.sees(web).status == ("REBOOT" if way == "SOFT" else "HARD_REBOOT")
    toy.settle()
    assert toy.sees(web).status == "ACTIVE"
    assert alice.act(web, reboot={"type": "GENTLE"}).code == 400


def test_a_server_that_never_came_to_a_host_has_no_power_to_switch(toy: Toy, alice: Caller) -> None:
    huge = toy.make_flavor("huge", ram=50000, vcpus=20, disk=10**6)
    made = alice.boot("huge", flavorRef=huge)
    toy.settle()
    assert toy.sees(made).status == "ERROR"
    for action in ({"os_start": None}, {"os_stop": None}, {"reboot": {"type": "HARD"}}):
        assert alice.act(made, **action).code == 409
    assert alice.compute(f"DELETE /servers/{made}").code == 204
    toy.settle()
    assert toy.sees(made).status == 404


def test_a_locked_server_is_left_alone(toy: Toy, alice: Caller, web: str) -> None:
    heard = alice.compute.at("2.73")(f"POST /servers/{web}/action", {"lock": {"locked_reason": "holidays"}})
    assert heard.code == 202
    assert (toy.sees(web).locked, toy.sees(web).locked_reason) == (True, "holidays")
    assert alice.act(web, os_stop=None).code == 409
    assert alice.compute(f"DELETE /servers/{web}").code == 409
    assert alice.act(web, unlock=None).code == 202
    assert alice.act(web, os_stop=None).code == 202


def test_an_administrators_lock_is_an_administrators_to_take_off(toy: Toy, alice: Caller, web: str) -> None:
    assert toy.admin.act(web, lock=None).code == 202
    assert alice.act(web, unlock=None).code == 403
    assert toy.admin.act(web, unlock=None).code == 202
    assert alice.act(web, os_stop=None).code == 202


def test_an_operator_marks_a_server_until_its_next_action(toy: Toy, alice: Caller, web: str) -> None:
    assert alice.act(web, os_resetState={"state": "error"}).code == 403
    assert toy.admin.act(web, os_resetState={"state": "error"}).code == 202
    assert toy.sees(web).status == "ERROR"
    alice.act(web, reboot={"type": "HARD"})
    toy.settle()
    assert toy.sees(web).status == "ACTIVE"


def test_a_server_is_deleted_as_often_as_one_likes(toy: Toy, alice: Caller, web: str) -> None:
    assert [alice.compute(f"DELETE /servers/{web}").code for _ in range(2)] == [204, 204]
    toy.settle()
    assert alice.compute(f"DELETE /servers/{web}").code == 404


# ── what hosts report ────────────────────────────────────────────────────────────────────────────────────


def test_a_guest_that_powers_itself_off_is_off(toy: Toy, alice: Caller, web: str) -> None:
    toy.host_of(web).hypervisor.halt(web)
    toy.settle()
    assert toy.sees(web).status == "SHUTOFF"
    assert alice.act(web, os_start=None).code == 202
    toy.settle()
    assert toy.sees(web).status == "ACTIVE"


def test_a_guest_that_crashes_says_why_and_can_be_started_again(toy: Toy, alice: Caller, web: str) -> None:
    toy.host_of(web).hypervisor.crash(web, "Its kernel panicked.")
    toy.settle()
    seen = toy.sees(web)
    assert (seen.status, seen.fault["message"]) == ("ERROR", "Its kernel panicked.")
    assert alice.act(web, os_start=None).code == 202
    toy.settle()
    assert toy.sees(web).status == "ACTIVE"


def test_a_guest_that_has_crashed_can_be_stopped(toy: Toy, alice: Caller, web: str) -> None:
    toy.host_of(web).hypervisor.crash(web)
    toy.settle()
    assert alice.act(web, os_stop=None).code == 202
    toy.settle()
    assert toy.sees(web).status == "SHUTOFF"


# ── metadata and tags ────────────────────────────────────────────────────────────────────────────────────


def test_metadata_is_added_replaced_and_taken_away(alice: Caller, web: str) -> None:
    ask, path = alice.compute, f"/servers/{web}/metadata"
    assert ask(f"POST {path}", {"metadata": {"a": "1", "b": "2"}}).body == {"metadata": {"a": "1", "b": "2"}}
    assert ask(f"PUT {path}/a", {"meta": {"a": "3"}}).body == {"meta": {"a": "3"}}
    assert ask(f"GET {path}/a").body == {"meta": {"a": "3"}}
    assert ask(f"DELETE {path}/a").code == 204
    assert ask(f"GET {path}").body == {"metadata": {"b": "2"}}
    assert ask(f"PUT {path}", {"metadata": {}}).body == {"metadata": {}}
    assert ask(f"GET {path}/a").code == ask(f"DELETE {path}/a").code == 404
    wrong: list[Mapping[str, Any]] = [{}, {"metadata": None}, {"metadata": {"": "1"}}, {"metadata": {"a": "x" * 256}}]
    assert [ask(f"POST {path}", one).code for one in wrong] == [400] * 4
    assert ask(f"PUT {path}/a", {"meta": {"b": "1"}}).code == 400


def test_tags_are_set_and_asked_one_by_one(alice: Caller, web: str) -> None:
    ask, path = alice.compute.at("2.26"), f"/servers/{web}/tags"
    assert ask(f"PUT {path}/b").code == 201
    assert ask(f"PUT {path}/b").code == 204
    assert ask(f"GET {path}/b").code == 204
    assert ask(f"PUT {path}", {"tags": ["c", "a", "c"]}).body == {"tags": ["a", "c"]}
    assert ask(f"GET {path}/b").code == ask(f"DELETE {path}/b").code == 404
    assert ask(f"DELETE {path}/a").code == 204
    assert ask(f"GET {path}").body == {"tags": ["c"]}
    assert ask(f"DELETE {path}").code == 204
    for wrong in (["a,b"], ["a/b"], [""], ["x" * 61], [f"t{at}" for at in range(51)]):
        assert ask(f"PUT {path}", {"tags": wrong}).code == 400
    assert ask(f"PUT {path}/a,b").code == 400
    assert alice.compute.at("2.25")(f"GET {path}").code == 404


# ── cards and groups ─────────────────────────────────────────────────────────────────────────────────────


def test_a_card_is_plugged_shown_and_unplugged(toy: Toy, alice: Caller, web: str) -> None:
    ask, path = alice.compute, f"/servers/{web}/os-interface"
    made = ask(f"POST {path}", {"interfaceAttachment": {"net_id": toy.shared}})
    assert made.code == 200, made.content
    port_id = made.body["interfaceAttachment"]["port_id"]
    toy.settle()
    assert ask(f"GET {path}/{port_id}").body["interfaceAttachment"]["port_state"] == "ACTIVE"
    assert len(ask(f"GET {path}").body["interfaceAttachments"]) == 2
    assert len(toy.host_of(web).hypervisor.guests()[web].nics) == 2
    assert ask(f"DELETE {path}/{port_id}").code == 202
    toy.settle()
    assert len(toy.host_of(web).hypervisor.guests()[web].nics) == 1
    assert ask(f"DELETE {path}/{port_id}").code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"net_id": "x"},
        {"port_id": "b1946ac9-2492-4d23-b7cb-2c2f4b3a6a2e"},
        {"fixed_ips": [{"ip_address": "10.0.0.9"}]},
        {"colour": "red"},
    ],
)
def test_a_card_that_makes_no_sense_is_refused(alice: Caller, web: str, wrong: dict[str, Any]) -> None:
    heard = alice.compute(f"POST /servers/{web}/os-interface", {"interfaceAttachment": wrong})
    assert heard.code in (400, 404)
    assert len(alice.compute(f"GET /servers/{web}/os-interface").body["interfaceAttachments"]) == 1


def test_a_server_joins_and_leaves_groups(alice: Caller, web: str) -> None:
    alice.network("POST /security-groups", {"security_group": {"name": "doors"}})
    assert alice.act(web, addSecurityGroup={"name": "doors"}).code == 202
    listed = alice.compute(f"GET /servers/{web}/os-security-groups").body["security_groups"]
    assert [one["name"] for one in listed] == ["default", "doors"]
    assert alice.act(web, removeSecurityGroup={"name": "doors"}).code == 202
    assert alice.act(web, removeSecurityGroup={"name": "doors"}).code == 404
    assert alice.act(web, addSecurityGroup={"name": "nowhere"}).code == 404


# ── questions to its host ────────────────────────────────────────────────────────────────────────────────


def asked(toy: Toy, ask: Any) -> Heard:
    """The answer to a question that a host has to answer meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask)
        while not answer.done():
            toy.settle()
        heard: Heard = answer.result()
        return heard


def test_the_console_tells_its_last_lines(toy: Toy, alice: Caller, web: str) -> None:
    whole = asked(toy, lambda: alice.act(web, os_getConsoleOutput={})).body["output"]
    last = asked(toy, lambda: alice.act(web, os_getConsoleOutput={"length": 1})).body["output"]
    assert len(whole.splitlines()) > 1
    assert whole.endswith(last)
    assert len(last.splitlines()) == 1
    for wrong in (-2, "many", 10**30):
        assert alice.act(web, os_getConsoleOutput={"length": wrong}).code == 400


def test_a_server_without_a_guest_has_no_console(alice: Caller) -> None:
    assert alice.act(alice.boot("new"), os_getConsoleOutput={}).code == 409


def test_diagnostics_are_an_administrators(toy: Toy, alice: Caller, web: str) -> None:
    line = f"GET /servers/{web}/diagnostics"
    told = asked(toy, lambda: toy.admin.compute.at("2.48")(line)).body
    assert (told["state"], told["num_cpus"], told["num_nics"], told["memory_details"]["maximum"]) == (
        "running",
        1,
        1,
        128,
    )
    assert asked(toy, lambda: toy.admin.compute(line)).body["memory"] == 128 * 1024
    assert alice.compute(line).code == 403


# ── its story ────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_done_is_told_newest_first_and_step_by_step(toy: Toy, alice: Caller, web: str) -> None:
    toy.settle(seconds=1)
    alice.act(web, os_stop=None)
    toy.settle()
    path = f"/servers/{web}/os-instance-actions"
    listed = alice.compute(f"GET {path}").body["instanceActions"]
    assert [one["action"] for one in listed] == ["stop", "create"]
    line = f"GET {path}/{listed[1]['request_id']}"
    whole = alice.compute.at("2.51")(line).body["instanceAction"]
    assert [one["event"] for one in whole["events"]][:2] == ["compute_choose_place", "compute_hand_to_host"]
    assert {one["result"] for one in whole["events"]} == {"Success"}
    assert "events" not in alice.compute.at("2.50")(line).body["instanceAction"]
    assert toy.admin.compute.at("2.50")(line).body["instanceAction"]["events"]
    assert alice.compute(f"GET {path}/req-nowhere").code == 404


def test_the_story_outlives_the_server_from_2_21_on(toy: Toy, alice: Caller, web: str) -> None:
    alice.compute(f"DELETE /servers/{web}")
    toy.settle()
    path = f"GET /servers/{web}/os-instance-actions"
    assert alice.compute.at("2.20")(path).code == 404
    assert {one["action"] for one in alice.compute.at("2.21")(path).body["instanceActions"]} == {"delete", "create"}
    assert toy.member("bob").compute.at("2.21")(path).code == 404


def test_a_failure_is_told_with_its_reason(toy: Toy, alice: Caller) -> None:
    huge = toy.make_flavor("huge", ram=50000, vcpus=20, disk=10**6)
    made = alice.boot("huge", flavorRef=huge)
    toy.settle()
    path = f"GET /servers/{made}/os-instance-actions"
    (action,) = alice.compute.at("2.58")(path, limit=1).body["instanceActions"]
    assert action["message"]
    assert alice.compute.at("2.58")(path, marker="nowhere").code == 400
