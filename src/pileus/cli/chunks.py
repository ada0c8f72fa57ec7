"""`pileus chunks`: what the chunk stores hold, what can be given back, what is damaged; on a cloud that runs or not."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from pileus import app, image
from pileus.chunks import ChunkStores
from pileus.cli.client import Refused, administrator
from pileus.cli.options import config_option, state_option
from pileus.cli.process import as_owner_of
from pileus.cli.settings import settings_of
from pileus.cli.state import State
from pileus.cli.words import Trouble
from pileus.kernel.store import Store

Told = Iterator[dict[str, Any]]
VERBS: dict[str, tuple[str, Callable[[Store, str], Told]]] = {
    "stats": ("", lambda store, name: iter([image.chunks.counted(store.part(ChunkStores), name)])),
    "gc": ("/gc", image.chunks.collected),
    "scrub": ("/scrub", image.chunks.scrubbed),
}


@click.command()
@click.argument("verb", type=click.Choice(list(VERBS)))
@click.option("--store", "name", help="Only the store of this name.")
@state_option
@config_option
@click.option("--json", "as_json", is_flag=True, help="As JSON, a line for each store.")
def command(verb: str, name: str | None, state: State, config: Path | None, as_json: bool) -> None:
    """Look after the chunk stores.

    stats says what they hold, gc gives back what no image holds, scrub reads every chunk, puts back what is damaged
    from another store, and names the images that something is lost of.
    """
    is_sound = True
    settings = settings_of(state, config)
    names = [name] if name else list(settings.image.stores)
    if name is not None and name not in settings.image.stores:
        raise Trouble(f"there is no chunk store {name}", fix=f"name one of {', '.join(settings.image.stores)}")
    with _asked(verb, state, config) as ask:
        for each in names:
            told = _last(ask(each))
            print(json.dumps(told) if as_json else _said(verb, told))
            is_sound = is_sound and not told.get("lost")
    raise SystemExit(0 if is_sound else 1)


def _last(lines: Told) -> dict[str, Any]:
    (told,) = deque(lines, maxlen=1)
    if "failed" in told:
        raise Trouble(
            f"the chunk store {told['store']} cannot be looked after", told["failed"], "pileus logs says more"
        )
    return told


@contextmanager
def _asked(verb: str, state: State, config: Path | None) -> Iterator[Callable[[str], Told]]:
    """How the store of a name is asked: of the running cloud, or of its files."""
    path, work = VERBS[verb]
    if state.process("serve"):
        api = administrator(state)
        yield lambda name: _of_cloud(lambda: api.lines("image", f"/v2/chunks/{name}{path}", post=bool(path)))
        return
    if not state.cloud.is_dir():
        raise Trouble(f"there is no cloud in {state.root}", fix="pileus up, or name its directory with --state DIR")
    settings = settings_of(state, config)
    with state.held("serve"), as_owner_of(state.cloud):
        store = Store(app.database_url(settings, state.cloud))
        store.add(settings.image, app.chunk_stores(settings, state.cloud, store), app.IN_USE)
        try:
            yield lambda name: image.chunks.told(name, work(store, name))
        finally:
            store.part(ChunkStores).close()
            store.close()


def _of_cloud(ask: Callable[[], Told]) -> Told:
    try:
        yield from ask()
    except Refused as error:
        raise Trouble("the cloud does not do it", str(error), "pileus logs says why") from error


def _said(verb: str, told: dict[str, Any]) -> str:
    """A store's answer for people."""
    if verb == "stats":
        numbers = f"{told['chunks']:,} chunks of {_mb(told['data_bytes'])}"
        return f"{told['store']}: {numbers} in {told['packs']} packs of {_mb(told['disk_bytes'])}"
    if verb == "gc":
        return f"{told['store']}: {_mb(told['freed_bytes'])} given back in {told['freed_packs']} packs"
    found = f"{told['damaged']} damaged, {told['mended']} put back, {told['lost']} lost"
    lines = [f"{told['store']}: {_mb(told['bytes'])} read; {found}"]
    lines += [f"  image {each['id']} ({each['name']}) of project {each['owner']}" for each in told["images"]]
    return "\n".join(lines)


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
