"""`pileus keys`: changes the keys of a cloud, while it runs or not."""

from __future__ import annotations

from pathlib import Path

import click

from pileus import app, identity
from pileus.cli.options import config_option, state_option
from pileus.cli.process import as_owner_of
from pileus.cli.settings import settings_of
from pileus.cli.state import State
from pileus.cli.words import Trouble
from pileus.kernel.clock import SystemClock
from pileus.kernel.store import Store


@click.command()
@click.argument("which", type=click.Choice(["tokens", "credentials"]))
@state_option
@config_option
def command(which: str, state: State, config: Path | None) -> None:
    """Seal tokens, or what is stored, with a new key.

    Tokens sealed before stay good for two more rotations: let as long pass between two as a token lives. What is
    stored (credentials, secrets of consumers, passwords of directories) is sealed anew at once.
    """
    keys = state.cloud / "keys"
    if not keys.is_dir():
        raise Trouble(f"there is no cloud in {state.root}", fix="name its directory with --state DIR")
    settings = settings_of(state, config)
    with as_owner_of(state.cloud):
        if which == "tokens":
            identity.rotate_token_keys(keys)
            print("tokens are sealed with a new key")
            return
        parts = identity.parts(settings.identity, keys)
        store = Store(app.database_url(settings, state.cloud), SystemClock(), parts=parts)
    try:
        done = identity.rotate_credential_keys(store, keys)
    finally:
        store.close()
    print(f"{done.rows} secrets are sealed with a new key")
    if done.lost:
        raise Trouble(f"no key opens {len(done.lost)} secrets", ", ".join(done.lost), "no key was dropped; remove them")
