"""Which parts of a guest's disk are its own, and not the image's below it: QEMU's map of the overlay."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from pileus.chunks.recutting import Change
from pileus.compute.host.hypervisor import HypervisorFailed


def changes(overlay: Path) -> tuple[Change, ...]:
    """The clusters that were written since the overlay was made.  What lies below it is not opened, nor wanted.

    A running QEMU keeps a part of the map to itself; it writes all of it down when its guest is paused.
    """
    file = {"driver": "qcow2", "backing": None, "file": {"driver": "file", "filename": str(overlay)}}
    command = ["qemu-img", "map", "--force-share", "--output=json", f"json:{json.dumps(file)}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        because = f"qemu-img map: {done.stderr.strip()}"
        raise HypervisorFailed("The host could not look through the server's disk.", because)
    return joined(json.loads(done.stdout))


def joined(runs: list[dict[str, int]]) -> tuple[Change, ...]:
    """The runs of a map that are present, neighbours of one kind as one."""
    found: list[Change] = []
    for run in runs:
        if run["present"]:
            start, end, zeros = run["start"], run["start"] + run["length"], bool(run["zero"])
            if found and (found[-1].end, found[-1].zeros) == (start, zeros):
                start = found.pop().start
            found.append(Change(start, end, zeros))
    return tuple(found)


def with_base(size: int, own: tuple[Change, ...]) -> tuple[Change, ...]:
    """The same where all of the image below, `size` bytes of disk, has to be taken for changed."""
    beyond = (Change(max(one.start, size), one.end, one.zeros) for one in own if one.end > size)
    return (Change(0, size), *beyond)
