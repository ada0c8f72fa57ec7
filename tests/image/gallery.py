"""The Image API alone, in this process, and the people who ask it: two projects, an administrator, a reader."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pileus.chunks import ChunkStores, Known, LocalStoreSettings
from pileus.chunks.fake import FakeChunkStore
from pileus.identity import IdentitySettings
from pileus.image import Jobs, Lent, Protections, image
from pileus.image.chunks import InUse
from pileus.image.settings import ImageSettings
from pileus.kernel.caller import Caller
from pileus.kernel.clock import Node
from pileus.kernel.errors import Unauthorized
from pileus.kernel.http import Front
from pileus.kernel.routes import PublicUrl
from pileus.kernel.store import Store
from pileus.kernel.workflow import Engine
from tests.asking import LOOP, Asker, Heard

MEMBER, READER = frozenset({"member", "reader"}), frozenset({"reader"})
PEOPLE = {
    "admin": Caller(user_id="ada", project_id="ops", roles=frozenset({"admin", *MEMBER})),
    "alice": Caller(user_id="alice", project_id="blue", roles=MEMBER),
    "rita": Caller(user_id="rita", project_id="blue", roles=READER),
    "bob": Caller(user_id="bob", project_id="red", roles=MEMBER),
}
BYTES = {"content-type": "application/octet-stream"}
PATCH = {"content-type": "application/openstack-images-v2.1-json-patch"}
NOWHERE = "11111111-1111-1111-1111-111111111111"


def known(store: Store, token: str, service_token: str | None) -> Caller:
    """Tokens are names here."""
    if token not in PEOPLE:
        raise Unauthorized("Nobody of that name.")
    return PEOPLE[token]


class Gallery:
    """A cloud that has images only."""

    def __init__(self, store: Store, settings: ImageSettings | None = None, attics: Sequence[str] = ()) -> None:
        """`attics` are further chunk stores, after the first."""
        self.store = store
        self.chunks = FakeChunkStore()
        self.attics = {name: FakeChunkStore() for name in attics}
        named = {name: LocalStoreSettings() for name in ("chunks", *attics)}
        self._named = named
        store.add(
            Node(),
            PublicUrl("http://cloud"),
            settings or ImageSettings(stores={**named}),
            Jobs(threads=0),
            Protections(),
            Lent(),
        )
        store.add(Known(), InUse(lambda store: self.in_use))
        self.in_use: set[str] = set()
        store.add(ChunkStores({"chunks": self.chunks, **self.attics}), IdentitySettings())
        self.front = Front([image], store, known, "http://cloud")
        self.admin, self.alice, self.rita, self.bob = (Asker(self.front, "/image/v2", name) for name in PEOPLE)
        self.stranger = Asker(self.front, "/image/v2")

    def close(self) -> None:
        """End its threads."""
        for pool in self.front.pools.values():
            pool.shutdown()
        for chunks in (self.chunks, *self.attics.values()):
            chunks.close()

    def settle(self, **settings: Any) -> None:
        """Other settings from now on."""
        self.store.add(ImageSettings(**{"stores": self._named, **settings}))

    def make(self, who: Asker | None = None, content: bytes | None = None, **fields: Any) -> str:
        """An image of alice's (or another's); with bytes if there are some."""
        who = who or self.alice
        body = {"name": "disk", "disk_format": "raw", "container_format": "bare", **fields}
        heard = who("POST /images", body)
        assert heard.code == 201, heard.content
        if content is not None:
            assert self.upload(who, heard.body["id"], content).code == 204
        return str(heard.body["id"])

    def upload(self, who: Asker, image_id: str, content: bytes, **headers: str) -> Heard:
        """Send an image's bytes; underscores in a header's name stand for hyphens."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return who(f"PUT /images/{image_id}/file", content, headers={**BYTES, **more})

    def work(self) -> None:
        """Do all work that is due, and what becomes due."""
        engine = Engine(self.store)
        while engine.run_ready():
            pass
        engine.stop()

    def stage(self, image_id: str, content: bytes, who: Asker | None = None, **headers: str) -> Heard:
        """Send bytes to be imported later."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return (who or self.alice)(f"PUT /images/{image_id}/stage", content, headers={**BYTES, **more})

    def bring(self, image_id: str, method: str, who: Asker | None = None, uri: str = "", **body: Any) -> Heard:
        """Ask for an import."""
        told = {"name": method, **({"uri": uri} if uri else {})}
        return (who or self.alice)(f"POST /images/{image_id}/import", {"method": told, **body})

    def show(self, image_id: str) -> dict[str, Any]:
        """An image as its administrator sees it."""
        found: dict[str, Any] = self.admin(f"GET /images/{image_id}").body
        return found

    def status(self, image_id: str) -> str:
        """An image's status."""
        return str(self.admin(f"GET /images/{image_id}").body["status"])

    def patch(self, who: Asker, image_id: str, *changes: dict[str, Any]) -> Heard:
        """Change an image."""
        return who(f"PATCH /images/{image_id}", list(changes), headers=PATCH)

    def names(self, who: Asker, **query: Any) -> list[str]:
        """Names of the images a list shows, in its order."""
        heard = who("GET /images", **query)
        assert heard.code == 200, heard.content
        return [one["name"] for one in heard.body["images"]]

    def stream(
        self, image_id: str, messages: Sequence[Any], method: str = "PUT", to: str = "file"
    ) -> tuple[int, list[dict[str, Any]]]:
        """Send the server's own messages, one by one (a function among them is called in its turn).

        Returns the answer's code (0 without one) and all that was sent back.
        """
        answer: tuple[int, list[dict[str, Any]]] = LOOP.run(
            _stream(self.front, method, f"/image/v2/images/{image_id}/{to}", list(messages))
        )
        return answer


async def _stream(front: Front, method: str, path: str, messages: list[Any]) -> tuple[int, list[dict[str, Any]]]:
    sent: list[dict[str, Any]] = []
    headers = {"content-type": "application/octet-stream", "x-auth-token": "alice"}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> dict[str, Any]:
        while messages and callable(messages[0]):
            await asyncio.to_thread(messages.pop(0))
        if not messages:
            await asyncio.Event().wait()
        return dict(messages.pop(0))

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await front(scope, receive, send)
    return next((one["status"] for one in sent if "status" in one), 0), sent


def piece(body: bytes, *, more: bool = True) -> dict[str, Any]:
    """A piece of a body as it arrives."""
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}
"""The caller has gone away."""
