"""The systemd unit that starts the cloud with its machine."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

from pileus.cli.state import State, write
from pileus.cli.words import Trouble

PLACE = Path("/etc/systemd/system")
NAME = "pileus.service"

UNNAMED = re.compile(r"[\s'\"\\]")
"""What of a path systemd would take for something else."""


def text_of(state: State) -> str:
    """The unit for a state directory and this very program."""
    program = Path(sys.executable).with_name("pileus")
    text = resources.files("pileus.cli.launch").joinpath(NAME).read_text()
    return text.format(state=_escaped(state.root), program=_escaped(program))


def _escaped(path: Path) -> str:
    """What begins with % is a specifier in a unit (systemd.unit(5))."""
    return str(path).replace("%", "%%")


def install(state: State, place: Path = PLACE) -> str:
    """Write and enable it; what is to be told about that.  Raises Trouble."""
    if UNNAMED.search(str(state.root)):
        fix = "choose another directory with --state"
        raise Trouble(f"a unit cannot name {state.root}", "systemd would read it otherwise", fix)
    write(place / NAME, text_of(state), 0o644)
    if not Path("/run/systemd/system").is_dir():
        return f"{place / NAME} is written; it is enabled once systemd runs here (systemctl enable {NAME})"
    for words in (["daemon-reload"], ["enable", NAME]):
        done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Trouble("the unit could not be enabled", done.stderr.strip(), f"systemctl {' '.join(words)}")
    return f"{NAME} is enabled"


def remove(state: State, place: Path = PLACE) -> bool:
    """Take it away again, if it is this cloud's; whether it was."""
    unit = place / NAME
    if not unit.exists() or f"PIDFile={_escaped(state.root)}/run/" not in unit.read_text():
        return False
    if Path("/run/systemd/system").is_dir():
        subprocess.run(["systemctl", "disable", NAME], capture_output=True, check=False)
    unit.unlink()
    return True
