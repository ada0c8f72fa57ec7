"""What `up` was told, kept for the cloud's processes: settings of a file with the options of the command on top.

They are drafted first and kept when they have proved to be usable: what a running cloud lives by is never spoilt.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from pileus.cli.state import State, write
from pileus.cli.words import HOPELESS, Trouble

API = ("listen", "port", "public_url", "tls_cert", "tls_key")
"""Options of `up` that are settings of the API, by the same names."""


def draft(state: State, config: Path | None, options: dict[str, Any]) -> Path:
    """Write down settings that may be kept: the draft's file.

    `options` names settings as `api.port`; None leaves one as it is in the file, or else as it was given last.  Only
    its owner may read them: the address of a database may hold its password.
    """
    after = _read(config) if config else _written(state.settings)
    for name, value in options.items():
        if value is not None:
            section, _, key = name.partition(".")
            after.setdefault(section, {})[key] = value
    file = draft_of(state)
    write(file, json.dumps(after, indent=2) + "\n")
    return file


def draft_of(state: State) -> Path:
    """Where a draft lies."""
    return state.root / "settings.draft.json"


def take(state: State) -> bool:
    """Keep the draft for every process of the cloud; whether it is other than what was kept before."""
    is_other = _written(draft_of(state)) != _written(state.settings)
    draft_of(state).rename(state.settings)
    return is_other


def keep(state: State, config: Path | None, options: dict[str, Any]) -> bool:
    """Both at once; the processes that read the settings check them."""
    draft(state, config, options)
    return take(state)


def kept(state: State, name: str, default: Any = "") -> Any:
    """One of those that are kept."""
    return _one(state.settings, name, default)


def drafted(state: State, name: str, default: Any = "") -> Any:
    """One of those in the draft."""
    return _one(draft_of(state), name, default)


def _one(file: Path, name: str, default: Any) -> Any:
    section, _, key = name.partition(".")
    return _written(file).get(section, {}).get(key, default)


def _written(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text())
        return found
    except (FileNotFoundError, ValueError):
        return {}


def _read(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text())
    except OSError as error:
        said = "the settings cannot be used"
        raise Trouble(said, f"{config}: {error.strerror}", "give --config an existing file", code=HOPELESS) from error
    except ValueError as error:
        raise Trouble("the settings cannot be used", f"{config}: {error}", "correct the file", code=HOPELESS) from error
