"""The composition root: the only place where choices meet, and where a cloud is put together from its rooms."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
import yaml

from pileus import compute, fleet, identity, image, network, placement
from pileus.chunks import AnyStoreSettings, ChunkError, ChunkStore, ChunkStores, Known, LocalStoreSettings
from pileus.chunks.local import LocalChunkStore
from pileus.chunks.s3 import table as _  # noqa: F401  # every cloud's schema has its tables
from pileus.kernel.clock import Clock, Node, SystemClock
from pileus.kernel.history import LONG_PAST as HISTORY
from pileus.kernel.http import Front
from pileus.kernel.policy import Policy
from pileus.kernel.reconcile import Loops, Reconciler, forget
from pileus.kernel.routes import PublicUrl, Service
from pileus.kernel.store import Store
from pileus.kernel.workflow import LONG_PAST as ENDED
from pileus.kernel.workflow import Engine
from pileus.settings import BadSettings, Settings

SERVICES: tuple[Service, ...] = (
    identity.identity,
    image.image,
    placement.placement,
    network.network,
    compute.compute,
    fleet.fleet,
)

OFFERS = (
    identity.Offer("identity", "keystone", "/identity/v3"),
    identity.Offer("image", "glance", "/image", limits=image.LIMITS),
    identity.Offer("placement", "placement", "/placement"),
    identity.Offer("network", "neutron", "/network"),
    identity.Offer("compute", "nova", "/compute/v2.1"),
)
"""The catalogue: each service under the type and name that clients know."""

GC_EVERY = 600.0
"""Seconds between two collections of chunks that no image holds any more."""

UNPACK_EVERY = 10.0
"""Seconds between two looks for images to be unpacked for hosts."""

FORGET_EVERY = 3600.0
"""Seconds between two looks for servers that were deleted long ago."""

IN_USE = image.chunks.InUse(compute.manifests_in_use)
"""Servers stand on images that may be gone: what no collection of chunks may take."""


@dataclass
class Cloud:
    """A cloud put together: what answers, what works, what watches."""

    settings: Settings
    store: Store
    front: Front
    engine: Engine
    loops: Loops

    def start(self) -> None:
        """Begin to work and watch."""
        self.store.meet_others()
        self.store.write(image.recover)
        self.store.part(image.Scratch).clear()
        self.store.part(fleet.Beats).begin(self.store.clock.now())
        self.engine.start()
        self.store.listen(identity.DOMAIN_CONFIGS, lambda told: self.loops.wake(identity.MIRROR.name))
        self.loops.start()

    def let_go(self) -> None:
        """Let those go who wait for something to happen: this process is about to end."""
        self.store.part(fleet.Bell).close()

    def stop(self) -> None:
        """Let work reach its next boundary, and close."""
        self.loops.stop()
        self.engine.stop()
        self.store.part(image.Jobs).close()
        self.store.part(ChunkStores).close()
        self.store.close()


def build(settings: Settings, state: Path, ticket: str, *, clock: Clock | None = None, durable: bool = True) -> Cloud:
    """Put a cloud together in a state directory; raises BadSettings for a policy file that cannot be used."""
    store = Store(database_url(settings, state), clock or SystemClock(), durable=durable)
    node = Node(f"{socket.gethostname()}:{state.resolve()}")
    store.add(node, *_parts(settings, state, ticket))
    fleet.hang(store)
    store.add(chunk_stores(settings, state, store), IN_USE)
    store.add(store)
    front = Front(
        SERVICES, store, identity.authenticate, settings.public_url, policies=_policies(settings.api.policy_file)
    )
    return Cloud(settings, store, front, Engine(store, node=node.name), Loops(store, _reconcilers(settings)))


def chunk_stores(settings: Settings, state: Path, store: Store) -> ChunkStores:
    """Where chunks are kept, by name; the one that weighs most is read first."""
    by_weight = sorted(settings.image.stores.items(), key=lambda item: -item[1].weight)
    first = settings.image.default_store or next(iter(settings.image.stores))
    return ChunkStores({name: _chunk_store(name, one, state, store) for name, one in by_weight}, first)


def _chunk_store(name: str, settings: AnyStoreSettings, state: Path, store: Store) -> ChunkStore:
    if isinstance(settings, LocalStoreSettings):
        return LocalChunkStore(Path(settings.path) if settings.path else state / name)
    try:
        from pileus.chunks.s3.bucket import Bucket
        from pileus.chunks.s3.store import S3ChunkStore

        return S3ChunkStore(name, Bucket(settings), store)
    except ImportError as error:
        raise BadSettings(f"image.stores.{name}: pip install pileus[s3]") from error
    except ChunkError as error:
        raise BadSettings(f"image.stores.{name}: {error}") from error


def database_url(settings: Settings, state: Path) -> str:
    """Where the cloud remembers."""
    return settings.store.url or f"sqlite:///{state / 'pileus.db'}"


def _parts(settings: Settings, state: Path, ticket: str) -> list[object]:
    return [
        PublicUrl(settings.public_url),
        *identity.parts(settings.identity, state / "keys"),
        settings.image,
        image.Jobs(),
        image.Lent(),
        _protections(settings.image),
        Known(),
        image.Scratch(state / "imports"),
        settings.network,
        settings.placement,
        settings.compute,
        settings.fleet,
        fleet.Beats(),
        fleet.Ticket(ticket),
        fleet.Ears({"guest": compute.guest_seen, "snapshot": compute.snapshot_seen, **network.EARS}),
        fleet.Receivers({"snapshot": compute.SnapshotReceiver()}),
        fleet.Capacities(compute.capacity_heard),
    ]


def _protections(settings: image.ImageSettings) -> image.Protections:
    """Who may do what with images' properties; raises BadSettings for a file that cannot be used."""
    try:
        return image.read_protections(settings.property_protections, settings.property_protection_mode)
    except ValueError as error:
        raise BadSettings(f"image.property_protections: {error}") from error


def _reconcilers(settings: Settings) -> list[Reconciler]:
    return [
        Reconciler("beats", 1.0, lambda store: store.part(fleet.Beats).flush(store)),
        Reconciler("silent hosts", 5.0, compute.look_for_silent_hosts),
        Reconciler("deleted servers", FORGET_EVERY, compute.forget_the_long_gone),
        Reconciler("ended work", FORGET_EVERY, lambda store: forget(store, ENDED, settings.store.keep_work_days)),
        Reconciler("history", FORGET_EVERY, lambda store: forget(store, HISTORY, settings.store.keep_history_days)),
        Reconciler("idle images", GC_EVERY, lambda store: store.write(image.forget_idle)),
        *(Reconciler(f"chunks in {name}", GC_EVERY, partial(_collect, name)) for name in settings.image.stores),
        Reconciler("packed images", UNPACK_EVERY, image.chunks.unpack_packed),
        identity.MIRROR,
        identity.ENDINGS,
    ]


def _collect(name: str, store: Store) -> None:
    """One store at a time: what one cannot do at present keeps no room of another's."""
    image.chunks.collect(store, name)


def seed_of(settings: Settings, admin_password: str, *, people: tuple[identity.Person, ...] = ()) -> identity.Seed:
    """What a new cloud begins with."""
    admin = identity.Person("admin", admin_password, "admin", ("admin",), system=("admin",))
    return identity.Seed((admin, *people), OFFERS)


def _policies(path: str) -> dict[str, Policy]:
    """Rules of a YAML file over the defaults; raises BadSettings."""
    if not path:
        return {}
    try:
        given = msgspec.convert(yaml.safe_load(Path(path).read_text()), dict[str, dict[str, str] | None] | None) or {}
        known = {service.name: service for service in SERVICES}
        return {name: known[name].policy.overridden(rules or {}) for name, rules in given.items()}
    except KeyError as error:
        raise BadSettings(f"{path}: there is no service {error}") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadSettings(f"{path}: {error}") from error
