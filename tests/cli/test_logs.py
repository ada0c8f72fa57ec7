"""Logs for people: lines of all processes, and what is no line of ours."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from click.testing import CliRunner

from pileus.cli import logs
from pileus.cli.log_lines import JsonLines
from pileus.cli.state import State


@pytest.fixture
def state(tmp_path: Path) -> State:
    made = State(tmp_path)
    made.prepare()
    return made


def line(at: str, event: str, level: str = "info", **more: str) -> str:
    return json.dumps({"at": f"2026-01-01T{at}+00:00", "level": level, "event": event, **more}) + "\n"


def shown(state: State, *words: str) -> list[str]:
    answer = CliRunner().invoke(logs.command, ["--state", str(state.root), *words])
    assert answer.exit_code == 0
    return [text[13:] for text in answer.output.splitlines()]


def test_lines_of_all_processes_come_in_the_order_of_time(state: State) -> None:
    state.log("serve").write_text(line("10:00:01", "a", path="/x") + line("10:00:03", "c"))
    state.log("host").write_text(line("10:00:02", "b", "warning"))
    assert shown(state) == [
        "serve      info    a path=/x",
        "host       warning b",
        "serve      info    c",
    ]
    assert shown(state, "--errors") == ["host       warning b"]
    assert shown(state, "-n", "1", "serve") == ["serve      info    c"]


def test_what_is_no_line_of_ours_is_an_error_of_its_moment(state: State) -> None:
    state.log("serve").write_text(line("10:00:01", "a") + "Killed\n")
    assert logs.complaints(state, "serve") == ["Killed"]


def test_a_log_is_read_on_from_where_it_was_and_anew_when_it_was_put_aside(state: State) -> None:
    file = state.log("serve")
    file.write_text(line("10:00:01", "a"))
    end = file.stat().st_size
    file.write_text(file.read_text() + line("10:00:02", "b") + '{"half": ')
    fresh, end = logs.fresh("serve", file, end)
    assert [each["event"] for each in fresh] == ["b"]
    file.write_text(line("10:00:03", "c"))
    assert [each["event"] for each in logs.fresh("serve", file, end)[0]] == ["c"]


def test_python_s_own_log_writes_the_same_lines() -> None:
    record = logging.makeLogRecord({"name": "x", "levelname": "WARNING", "msg": "%s of %d", "args": ("one", 2), "k": 3})
    told = json.loads(JsonLines().format(record))
    assert {name: told[name] for name in ("level", "logger", "event", "k")} == {
        "level": "warning", "logger": "x", "event": "one of 2", "k": "3",
    }  # fmt: skip
