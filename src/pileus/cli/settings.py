"""The settings of a process of the cloud: of a file, or of the state directory."""

from __future__ import annotations

from pathlib import Path

from pileus.cli.state import State
from pileus.cli.words import HOPELESS, Trouble
from pileus.settings import BadSettings, Settings, read_settings

FIX = "correct the file that was given, then pileus up --config FILE"


def settings_of(state: State, config: Path | None) -> Settings:
    """What a file says, or what `up` was given last; raises Trouble for what cannot be used."""
    try:
        return read_settings(config or (state.settings if state.settings.exists() else None))
    except BadSettings as error:
        raise unusable(error) from error


def unusable(error: BadSettings) -> Trouble:
    """The trouble with settings; starting again would not help."""
    return Trouble("the settings cannot be used", str(error), FIX, code=HOPELESS)
