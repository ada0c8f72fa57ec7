"""What the server cannot do any more, as the kernel tells it; what that means on a host is tried there."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
from pathlib import Path
from pileus.chunks.host.nbd.powers import give_up
give_up(90_000)
print(Path("/proc/self/status").read_text())
print("Links:", *(line.split(":")[0].strip() for line in Path("/proc/self/net/dev").read_text().splitlines()[2:]))
"""


@pytest.mark.hosts
def test_nothing_of_roots_is_left() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=30, check=True)
    told = {name: rest.split() for name, _, rest in (line.partition(":") for line in done.stdout.splitlines())}
    assert set(told["Uid"]) == set(told["Gid"]) == {"90000"}
    assert told["Groups"] == []
    assert {*told["CapEff"], *told["CapPrm"], *told["CapAmb"]} == {"0" * 16}
    assert told["NoNewPrivs"] == ["1"]
    assert told["Links"] == ["lo"]
