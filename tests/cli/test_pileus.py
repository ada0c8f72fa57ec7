"""The command itself: quick to say what it can do, and clear about what it cannot."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from pileus.cli import COMMANDS

PILEUS = [sys.executable, "-m", "pileus.cli"]


def ran(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PILEUS, *words], capture_output=True, text=True, env=os.environ | env, check=False)


def test_help_names_every_command_and_costs_less_than_150_ms() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = ran("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert told.returncode == 0
    assert all(f"  {name} " in told.stdout for name in COMMANDS)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.15


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    told = ran(name, "--help")
    assert told.returncode == 0
    assert "--state DIR" in told.stdout


def test_a_cloud_that_is_not_there_is_told_in_three_lines(tmp_path: Path) -> None:
    told = ran("destroy", "--yes", "--state", str(tmp_path / "none"))
    assert told.returncode == 1
    assert told.stderr.splitlines() == [
        f"error: there is no cloud in {tmp_path / 'none'}",
        "fix: name its directory with --state DIR",
    ]


@pytest.mark.parametrize(
    "words, cause",
    [
        (["nonsense"], "cause: No such command 'nonsense'."),
        (["up", "--port", "99999"], "cause: Invalid value for '--port': 99999 is not in the range 0<=x<=65535."),
        (["ssh"], "cause: Missing argument 'SERVER'."),
    ],
)
def test_what_cannot_be_understood_is_told_in_three_lines(words: list[str], cause: str) -> None:
    told = ran(*words)
    assert told.returncode == 2
    assert told.stderr.splitlines()[1] == cause
    assert [line.partition(":")[0] for line in told.stderr.splitlines()] == ["error", "cause", "fix"]


def test_who_reads_no_further_is_no_trouble(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [*PILEUS, "doctor", "--state", str(tmp_path / "none")]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert done.stderr == ""


def test_doctor_without_a_cloud_looks_at_the_machine(tmp_path: Path) -> None:
    told = ran("doctor", "--state", str(tmp_path / "none"))
    assert told.returncode in (1, 2)
    assert "there is none" in told.stdout
