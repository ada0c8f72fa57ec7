"""What `up` was told, kept for the cloud's processes: settings of a file with the options of the command on top."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from pileus.cli.state import State, write
from pileus.cli.words import HOPELESS, Trouble

API = ("listen", "port", "public_url", "tls_cert", "tls_key")
"""Options of `up` that are settings of the API, by the same names."""


def keep(state: State, config: Path | None, options: dict[str, Any]) -> bool:
    """Keep settings for every process of the cloud; whether they are other than before.

    `options` names settings as `api.port`; None leaves one as it is in the file, or else as it was given last.  They
    are checked by the processes that read them.
    """
    before = _before(state)
    after = _read(config) if config else json.loads(json.dumps(before))
    for name, value in options.items():
        if value is not None:
            section, _, key = name.partition(".")
            after.setdefault(section, {})[key] = value
    write(state.settings, json.dumps(after, indent=2) + "\n", 0o644)
    return bool(after != before)


def kept(state: State, name: str, default: Any = "") -> Any:
    """One of them."""
    section, _, key = name.partition(".")
    return _before(state).get(section, {}).get(key, default)


def _before(state: State) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(state.settings.read_text())
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
