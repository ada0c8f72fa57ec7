"""Steps as they are printed."""

from __future__ import annotations

import io
import json
import re

import pytest

from pileus.cli.launch.steps import Steps
from pileus.cli.words import Trouble


def test_a_step_is_ticked_with_its_time_and_says_what_was_not_hoped_for() -> None:
    out = io.StringIO()
    with Steps(out=out).step("host") as step:
        step.note("vm, TCG")
        step.warn("no KVM", "get it")
    assert re.fullmatch(r"✓ host +0\.0 s  vm, TCG\n  warning: no KVM\n  fix: get it\n", out.getvalue())


def test_a_step_that_fails_is_crossed_and_the_trouble_goes_on() -> None:
    out = io.StringIO()
    with pytest.raises(Trouble), Steps(out=out).step("listen"):
        raise Trouble("the port is taken")
    assert re.fullmatch(r"✗ listen +0\.0 s  the port is taken\n", out.getvalue())


def test_as_json_every_line_is_an_object() -> None:
    out = io.StringIO()
    steps = Steps(as_json=True, out=out)
    with steps.step("host") as step:
        step.warn("no KVM", "get it")
    steps.end(["for people"], url="http://h")
    first, last = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (first["step"], first["state"], first["warnings"]) == ("host", "done", [{"said": "no KVM", "fix": "get it"}])
    assert (last["step"], last["url"]) == ("ready", "http://h")
